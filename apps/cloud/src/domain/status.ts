import { domainError } from "./errors.ts";
import type { Status, User } from "./user.ts";

/**
 * Where a user may go from each status by a change of status. Nothing leads to `deleted`, which only a deletion
 * reaches and nothing leaves, nor back to `pending_verification`.
 */
const transitions = {
  pending_verification: ["active", "suspended", "locked"],
  active: ["suspended", "locked"],
  suspended: ["active", "locked"],
  locked: ["active", "suspended"],
  deleted: [],
} as const satisfies Readonly<Record<Status, readonly Status[]>>;

export function mayBecome(from: Status, to: Status): boolean {
  const targets: readonly Status[] = transitions[from];
  return targets.includes(to);
}

/** Why a user in this status is kept out; undefined: they are let in. */
export function exclusionOf(status: Status): "suspended" | "locked" | "deleted" | undefined {
  return status === "active" || status === "pending_verification" ? undefined : status;
}

/** To be asked only of who has proven to be the user. @throws ACCOUNT_SUSPENDED, ACCOUNT_LOCKED, INVALID_CREDENTIALS (deleted) */
export function requireAdmitted(user: User): void {
  switch (exclusionOf(user.status)) {
    case "suspended":
      throw domainError("ACCOUNT_SUSPENDED", "the account is suspended; ask an administrator");
    case "locked":
      throw domainError("ACCOUNT_LOCKED", "the account is locked; ask an administrator");
    case "deleted":
      throw domainError("INVALID_CREDENTIALS", "the name or the password is wrong");
    case undefined:
  }
}
