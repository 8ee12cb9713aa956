import type { EventPublisher } from "@arcana/framework/events";
import type { RefreshToken } from "../domain/session.ts";
import type { PasswordHash } from "../domain/user.ts";
import type { UserChange } from "../domain/user-change.ts";
import type { Circumstances } from "./circumstances.ts";
import type { UserRepository } from "./ports.ts";
import type { Note, RecordTrail } from "./record-trail.ts";

/** Writes what was decided about a user with its trail, and announces it once it is written. */
export type WriteUser = (
  change: UserChange,
  record: { readonly notes: readonly Note[]; readonly passwordHash?: PasswordHash; readonly session?: RefreshToken },
  under: Circumstances,
) => Promise<void>;

export function createWriteUser(deps: {
  readonly users: UserRepository;
  readonly publisher: EventPublisher;
  readonly recordTrail: RecordTrail;
}): WriteUser {
  return async ({ before, after, events, endSessions }, { notes, ...more }, under) => {
    const trail = deps.recordTrail({ at: after.updatedAt, events, notes }, under);
    await deps.users.save({ before, after, endSessions, trail, ...more }, under.signal);
    await deps.publisher.publish(trail.events);
  };
}
