import type { EventPublisher } from "@arcana/framework/events";
import type { DomainEvent } from "../domain/events.ts";
import { parseSessionId } from "../domain/id.ts";
import type { PasswordHash, User } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import type { AccessTokens, Clock, SessionRepository } from "./ports.ts";
import type { Note, RecordTrail } from "./record-trail.ts";
import { createRefreshToken } from "./refresh-tokens.ts";

/** What a client gets who is let in. */
export interface Admission {
  readonly user: User;
  readonly accessToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

export interface SessionPlan {
  /** As read when it was decided to let them in. */
  readonly user: User;
  readonly deviceId: string | undefined;
  readonly passwordHash?: PasswordHash;
  readonly events: readonly DomainEvent[];
  readonly notes: readonly Note[];
}

/** @throws CONFLICT where the user has changed since they were read. */
export type StartSession = (plan: SessionPlan, under: Circumstances) => Promise<Admission>;

export interface StartSessionDeps {
  readonly sessions: SessionRepository;
  readonly tokens: AccessTokens;
  readonly publisher: EventPublisher;
  readonly recordTrail: RecordTrail;
  readonly clock: Clock;
  readonly newId: () => string;
  /** How long a refresh token is good, in milliseconds. */
  readonly refreshTtlMs: number;
}

export function createStartSession(deps: StartSessionDeps): StartSession {
  return async ({ user, deviceId, events, notes, ...hash }, under) => {
    const at = deps.clock.now();
    const familyId = parseSessionId(deps.newId());
    const { ipAddress, userAgent } = under;
    const expiresAt = new Date(at.getTime() + deps.refreshTtlMs);
    const { token, stored } = createRefreshToken(
      { id: deps.newId(), userId: user.id, familyId, deviceId, ipAddress, userAgent, expiresAt },
      at,
    );
    const access = await deps.tokens.issue({ userId: user.id, sessionId: familyId, role: user.role });
    const trail = deps.recordTrail({ at, events, notes }, under);
    await deps.sessions.start({ before: user, token: stored, lastLoginAt: at, trail, ...hash }, under.signal);
    await deps.publisher.publish(trail.events);
    return { user: { ...user, lastLoginAt: at }, accessToken: access.token, expiresIn: access.expiresIn, refreshToken: token };
  };
}
