/** Who a user is: the values of the domain. What may be decided about one stands in `user-decisions.ts`. */

declare const brand: unique symbol;
/** A string that was parsed into what it claims to be. */
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** UUIDv7 in lower case. */
export type UserId = Branded<"UserId">;
/** UUIDv7 in lower case. The family of a login's refresh tokens. */
export type SessionId = Branded<"SessionId">;
/** Trimmed, its domain in lower case. */
export type Email = Branded<"Email">;
export type Username = Branded<"Username">;
/** The PHC string of a password. Never leaves the service tier. */
export type PasswordHash = Branded<"PasswordHash">;

/** Lowest first: each role includes the ones before it. */
export const roles = ["user", "moderator", "admin", "superadmin"] as const;
export type Role = (typeof roles)[number];

export const statuses = ["pending_verification", "active", "suspended", "locked", "deleted"] as const;
export type Status = (typeof statuses)[number];

export interface User {
  readonly id: UserId;
  readonly username: Username;
  readonly email: Email;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  readonly role: Role;
  readonly status: Status;
  readonly emailVerified: boolean;
  readonly avatarUrl: string | undefined;
  readonly lastLoginAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Who acts on a user. */
export interface Actor {
  readonly id: UserId;
  readonly role: Role;
}
