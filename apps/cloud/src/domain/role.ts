import { frameworkError } from "@arcana/framework/error";
import { domainError } from "./errors.ts";
import type { Actor, Role, User } from "./user.ts";
import { roles } from "./user.ts";

/** Whether `one` stands above `other`. No role outranks itself. */
export function outranks(one: Role, other: Role): boolean {
  return roles.indexOf(one) > roles.indexOf(other);
}

/** @throws INVALID_ARGUMENT */
export function parseRole(text: string): Role {
  const role = roles.find((candidate) => candidate === text);
  if (role === undefined) throw frameworkError("INVALID_ARGUMENT", `the role must be one of ${roles.join(", ")}`);
  return role;
}

/** Nobody acts on a user of a higher role. @throws ROLE_TOO_HIGH */
export function requireNotOutranked(user: User, by: Actor): void {
  if (outranks(user.role, by.role))
    throw domainError("ROLE_TOO_HIGH", `the role ${by.role} may not act on a user of the role ${user.role}`);
}

/**
 * Nobody hands out a role above their own. Of oneself the stored role counts, not the one that the token still says:
 * otherwise who has just been demoted could take the role back. @throws ROLE_TOO_HIGH
 */
export function requireMayGrant(role: Role, to: User, by: Actor): void {
  const own = to.id === by.id && outranks(by.role, to.role) ? to.role : by.role;
  if (outranks(role, own)) throw domainError("ROLE_TOO_HIGH", `the role ${own} may not hand out the role ${role}`);
}
