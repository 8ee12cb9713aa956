/** What may be done to a user, and what it leads to. Each decision is a function of the user, the change, the actor and the time. */
import { frameworkError } from "@arcana/framework/error";
import { parseAvatarUrl } from "./avatar-url.ts";
import { domainError } from "./errors.ts";
import { parseName } from "./person-name.ts";
import { parsePlainText } from "./plain-text.ts";
import { requireMayGrant, requireNotOutranked } from "./role.ts";
import { exclusionOf, mayBecome } from "./status.ts";
import type { Actor, Role, SessionId, Status, User, UserId } from "./user.ts";
import type { UserChange } from "./user-change.ts";
import { changed, unchanged } from "./user-change.ts";

/** Gives the user the role, and ends their sessions, whose tokens tell the old one. @throws ROLE_TOO_HIGH */
export function changeRole(user: User, role: Role, by: Actor, at: Date): UserChange {
  requireNotOutranked(user, by);
  requireMayGrant(role, user, by);
  if (user.role === role) return unchanged(user);
  const payload = { user_id: user.id, old_role: user.role, new_role: role, changed_by: by.id };
  return changed(user, { role }, at, { type: "user.role_changed", aggregateId: user.id, payload }, { which: "all" });
}

/** Moves the user to the status, and ends the sessions of who is kept out. @throws ROLE_TOO_HIGH, INVALID_STATUS_TRANSITION, VALIDATION_ERROR */
export function changeStatus(
  user: User,
  change: { readonly status: Status; readonly reason: string | undefined },
  by: Actor,
  at: Date,
): UserChange {
  const { status } = change;
  const reason = change.reason === undefined ? undefined : parsePlainText("reason", change.reason);
  requireNotOutranked(user, by);
  if (user.status === status) return unchanged(user);
  if (!mayBecome(user.status, status))
    throw domainError("INVALID_STATUS_TRANSITION", `a user who is ${user.status} cannot become ${status}`);
  const payload = { user_id: user.id, old_status: user.status, new_status: status, reason, changed_by: by.id };
  const endSessions = exclusionOf(status) === undefined ? ({ which: "none" } as const) : ({ which: "all" } as const);
  return changed(user, { status }, at, { type: "user.status_changed", aggregateId: user.id, payload }, endSessions);
}

/** What is undefined stays; what is empty is removed. */
export interface ProfileChange {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly avatarUrl?: string | undefined;
}

/** @throws ROLE_TOO_HIGH, VALIDATION_ERROR */
export function changeProfile(user: User, change: ProfileChange, by: Actor, at: Date): UserChange {
  if (user.id !== by.id) requireNotOutranked(user, by);
  const profile = {
    firstName: change.firstName === undefined ? user.firstName : parseName("first_name", change.firstName),
    lastName: change.lastName === undefined ? user.lastName : parseName("last_name", change.lastName),
    avatarUrl: change.avatarUrl === undefined ? user.avatarUrl : parseAvatarUrl(change.avatarUrl),
  };
  const updatedFields = profileFields.filter(([key]) => profile[key] !== user[key]).map(([, field]) => field);
  if (updatedFields.length === 0) return unchanged(user);
  const payload = { user_id: user.id, updated_fields: updatedFields };
  return changed(user, profile, at, { type: "user.updated", aggregateId: user.id, payload }, { which: "none" });
}

const profileFields = [
  ["firstName", "first_name"],
  ["lastName", "last_name"],
  ["avatarUrl", "avatar_url"],
] as const;

/** Deletes the user softly, for good, and ends their sessions. @throws ROLE_TOO_HIGH, USER_NOT_FOUND (deleted before) */
export function remove(user: User, by: Actor, at: Date): UserChange {
  requireNotOutranked(user, by);
  if (user.status === "deleted") throw domainError("USER_NOT_FOUND", `there is no user ${user.id}`);
  const payload = { user_id: user.id, deleted_by: by.id };
  return changed(user, { status: "deleted" }, at, { type: "user.deleted", aggregateId: user.id, payload }, { which: "all" });
}

/** A password is changed by the user alone. @throws FORBIDDEN */
export function requireSelf(id: UserId, by: Actor): void {
  if (id !== by.id) throw frameworkError("FORBIDDEN", "only the user can change the password");
}

/** Records that the user has another password, and ends their sessions but the one it was changed in. @throws FORBIDDEN */
export function changePassword(user: User, by: Actor, session: SessionId | undefined, at: Date): UserChange {
  requireSelf(user.id, by);
  const payload = { user_id: user.id, changed_by: by.id };
  const endSessions = session === undefined ? ({ which: "all" } as const) : ({ which: "others", keep: session } as const);
  return changed(user, {}, at, { type: "auth.password_changed", aggregateId: user.id, payload }, endSessions);
}
