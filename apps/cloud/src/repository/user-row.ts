import { emailKey } from "../domain/email.ts";
import type { Email, User, UserId, Username } from "../domain/user.ts";
import { usernameKey } from "../domain/username.ts";
import { toDate, toMs } from "./columns.ts";
import type { UserRow, UsersTable } from "./schema.ts";
import { searchText } from "./search.ts";

/** The columns that make up a user: all but those that the repository keeps for itself. */
export const userColumns = [
  "id",
  "username",
  "email",
  "first_name",
  "last_name",
  "role",
  "status",
  "email_verified",
  "avatar_url",
  "last_login_at",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof UsersTable)[];

/** What was parsed when it was written is not parsed again. */
export function toUser(row: Pick<UserRow, (typeof userColumns)[number]>): User {
  return {
    id: row.id as UserId,
    username: row.username as Username,
    email: row.email as Email,
    firstName: row.first_name ?? undefined,
    lastName: row.last_name ?? undefined,
    role: row.role,
    status: row.status,
    emailVerified: Boolean(row.email_verified),
    avatarUrl: row.avatar_url ?? undefined,
    lastLoginAt: toDate(row.last_login_at),
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
  };
}

/** What every write of a user sets; deleting frees the name and the address, and forgets the password. */
export function toUserColumns(user: User) {
  const deleted = user.status === "deleted";
  return {
    username: user.username,
    username_key: deleted ? null : usernameKey(user.username),
    email: user.email,
    email_key: deleted ? null : emailKey(user.email),
    first_name: user.firstName ?? null,
    last_name: user.lastName ?? null,
    role: user.role,
    status: user.status,
    email_verified: user.emailVerified,
    avatar_url: user.avatarUrl ?? null,
    search_text: searchText([user.username, user.email, user.firstName, user.lastName]),
    created_at: toMs(user.createdAt),
    updated_at: toMs(user.updatedAt),
    deleted_at: deleted ? toMs(user.updatedAt) : null,
  };
}
