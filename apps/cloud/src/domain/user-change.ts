import type { DomainEvent } from "./events.ts";
import type { EndSessions } from "./session.ts";
import type { User } from "./user.ts";

/** What a decision about a user comes to: the user before and after, what to announce, whose sessions end. */
export interface UserChange {
  /** Undefined: a new user. */
  readonly before: User | undefined;
  readonly after: User;
  readonly events: readonly DomainEvent[];
  readonly endSessions: EndSessions;
}

export function isUnchanged(change: UserChange): boolean {
  return change.before === change.after;
}

/** The decision that all is as it should be already. */
export function unchanged(user: User): UserChange {
  return { before: user, after: user, events: [], endSessions: { which: "none" } };
}

/** The user with other values. */
export function changed(user: User, values: Partial<User>, at: Date, event: DomainEvent, endSessions: EndSessions): UserChange {
  return { before: user, after: { ...user, ...values, updatedAt: after(user.updatedAt, at) }, events: [event], endSessions };
}

/** `updatedAt` tells one state of a user from the next, so it moves on even within a millisecond, or when a clock goes back. */
function after(former: Date, at: Date): Date {
  return at > former ? at : new Date(former.getTime() + 1);
}
