import type { EventPublisher } from "@arcana/framework/events";
import type { DomainEvent } from "../domain/events.ts";
import { parseSessionId } from "../domain/id.ts";
import type { PasswordHash, User } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import type { IssueTokens, TokenPair } from "./issue-tokens.ts";
import type { Clock, SessionRepository } from "./ports.ts";
import type { Note, RecordTrail } from "./record-trail.ts";

/** What a client gets who is let in. */
export interface Admission extends TokenPair {
  readonly user: User;
}

interface SessionPlan {
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
  readonly publisher: EventPublisher;
  readonly recordTrail: RecordTrail;
  readonly issueTokens: IssueTokens;
  readonly clock: Clock;
  /** Makes UUIDv7s. */
  readonly newId: () => string;
  /** How many living sessions a user may have; the oldest end. */
  readonly maxSessionsPerUser: number;
}

export function createStartSession(deps: StartSessionDeps): StartSession {
  return async ({ user, deviceId, events, notes, ...hash }, under) => {
    const at = deps.clock.now();
    const familyId = parseSessionId(deps.newId());
    const { pair, stored } = await deps.issueTokens({ user, familyId, deviceId }, at, under);
    const trail = deps.recordTrail({ at, events, notes }, under);
    const start = { before: user, token: stored, lastLoginAt: at, maxSessions: deps.maxSessionsPerUser, trail, ...hash };
    await deps.sessions.start(start, under.signal);
    await deps.publisher.publish(trail.events);
    return { ...pair, user: { ...user, lastLoginAt: at } };
  };
}
