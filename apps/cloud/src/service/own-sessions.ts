import type { EventPublisher } from "@arcana/framework/events";
import { domainError } from "../domain/errors.ts";
import type { Session } from "../domain/session.ts";
import type { SessionId, UserId } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import { actorOf, sessionOf } from "./circumstances.ts";
import type { Clock, SessionRepository } from "./ports.ts";
import type { Note, RecordTrail } from "./record-trail.ts";

/** The caller's own sessions. @throws UNAUTHORIZED */
export interface OwnSessions {
  /** Those alive, the newest first. */
  list(under: Circumstances): Promise<readonly Session[]>;
  /** Ends the session of the call, or all of the caller's. */
  logout(which: "this" | "all", under: Circumstances): Promise<void>;
  /** @throws SESSION_NOT_FOUND, also where it is another user's. */
  revoke(id: SessionId, under: Circumstances): Promise<void>;
}

export interface OwnSessionsDeps {
  readonly sessions: SessionRepository;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly recordTrail: RecordTrail;
}

export function createOwnSessions({ sessions, publisher, clock, recordTrail }: OwnSessionsDeps): OwnSessions {
  const list = async (under: Circumstances) => sessions.list(actorOf(under).id, clock.now(), under.signal);

  async function end(ids: readonly SessionId[], userId: UserId, note: Note, under: Circumstances): Promise<void> {
    const at = clock.now();
    const events = ids.map((id) => ({ type: "auth.logout", aggregateId: userId, payload: { user_id: userId, session_id: id } }) as const);
    const trail = recordTrail({ at, events, notes: [note] }, under);
    await sessions.end(ids, at, trail, under.signal);
    await publisher.publish(trail.events);
  }

  async function logoutAll(userId: UserId, under: Circumstances): Promise<void> {
    const ids = (await list(under)).map((session) => session.id);
    const note = { action: "auth.logout", resource: { type: "user", id: userId }, details: { sessions: ids.length } } as const;
    await end(ids, userId, note, under);
  }

  return {
    list,
    async logout(which, under) {
      const { id } = actorOf(under);
      if (which === "all") return logoutAll(id, under);
      const session = sessionOf(under);
      await end([session], id, { action: "auth.logout", resource: { type: "session", id: session } }, under);
    },
    async revoke(id, under) {
      const actor = actorOf(under);
      const session = await sessions.findLive(id, clock.now(), under.signal);
      if (session?.userId !== actor.id) throw domainError("SESSION_NOT_FOUND", `you have no session ${id}`);
      await end([id], actor.id, { action: "auth.session_revoked", resource: { type: "session", id } }, under);
    },
  };
}
