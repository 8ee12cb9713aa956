import { violatedUnique } from "@arcana/framework/data";
import type { SelectQueryBuilder } from "kysely";
import { emailKey } from "../domain/email.ts";
import { domainError } from "../domain/errors.ts";
import type { PasswordHash, User } from "../domain/user.ts";
import { usernameKey } from "../domain/username.ts";
import type { Account, UserRepository, UserWrite } from "../service/ports.ts";
import { changedMeanwhile } from "./changed-meanwhile.ts";
import { toMs } from "./columns.ts";
import { forUpdate } from "./for-update.ts";
import { loginKey } from "./login-key.ts";
import type { CloudDatabase, Queries, Schema } from "./schema.ts";
import { appendAudit } from "./sql-audit-log.ts";
import { insertToken, revokeTokens } from "./token-row.ts";
import { toUser, toUserColumns, userColumns } from "./user-row.ts";

export function sqlUserRepository(db: CloudDatabase): UserRepository {
  const users = lookups(db, (queries) => queries.selectFrom("users").select(userColumns));
  // Apart, so that a password's hash is read only by who asks for it.
  const accounts = lookups(db, (queries) => queries.selectFrom("users").select([...userColumns, "password_hash"]));

  const byLogin = (login: string) => {
    const [by, key] = loginKey(login);
    return by === "email" ? accounts.byEmail({ key }) : accounts.byUsername({ key });
  };

  return {
    async find(id, signal) {
      signal?.throwIfAborted();
      const [row] = await users.byId({ id });
      return row && toUser(row);
    },
    async findByUsername(username, signal) {
      signal?.throwIfAborted();
      const [row] = await users.byUsername({ key: usernameKey(username) });
      return row && toUser(row);
    },
    async findByEmail(email, signal) {
      signal?.throwIfAborted();
      const [row] = await users.byEmail({ key: emailKey(email) });
      return row && toUser(row);
    },
    async findAccount(by, signal) {
      signal?.throwIfAborted();
      const [row] = "id" in by ? await accounts.byId({ id: by.id }) : await byLogin(by.login);
      return row && toAccount(row);
    },
    async list(query, signal) {
      signal?.throwIfAborted();
      const [{ listUsers }, kysely] = await Promise.all([import("./user-list.ts"), db.kysely()]);
      return listUsers(kysely, query);
    },
    async save(write, signal) {
      signal?.throwIfAborted();
      const kysely = await db.kysely();
      try {
        await kysely.transaction().execute((trx) => saveUser(db, trx, write));
      } catch (error) {
        throw takenError(violatedUnique(error, db.dialectName), write.after) ?? error;
      }
    },
  };
}

/** The ways to one living user. */
function lookups<Row>(db: CloudDatabase, select: (queries: Queries) => SelectQueryBuilder<Schema, "users", Row>) {
  const living = (queries: Queries) => select(queries).where("deleted_at", "is", null);
  return {
    byId: db.prepare((queries, { id }: { id: string }) => living(queries).where("id", "=", id)),
    byUsername: db.prepare((queries, { key }: { key: string }) => living(queries).where("username_key", "=", key)),
    byEmail: db.prepare((queries, { key }: { key: string }) => living(queries).where("email_key", "=", key)),
  };
}

function toAccount(row: Parameters<typeof toUser>[0] & { password_hash: string | null }): Account {
  return { user: toUser(row), passwordHash: (row.password_hash ?? "") as PasswordHash };
}

async function saveUser(db: CloudDatabase, trx: Queries, write: UserWrite): Promise<void> {
  const { before, after, endSessions, session, trail } = write;
  if (before === undefined) {
    await insertUser(trx, write);
  } else {
    await requireSuperadminLeft(db, trx, before, after);
    await updateUser(trx, before, write);
  }
  await revokeTokens(trx, after.id, endSessions, after.updatedAt);
  if (session !== undefined) await insertToken(trx, session, toMs(session.createdAt));
  await appendAudit(trx, trail.audit);
}

async function insertUser(trx: Queries, { after, passwordHash }: UserWrite): Promise<void> {
  if (passwordHash === undefined) throw new TypeError("a new user needs a password hash");
  await trx
    .insertInto("users")
    .values({ id: after.id, ...toUserColumns(after), password_hash: passwordHash, last_login_at: toMs(after.lastLoginAt) })
    .execute();
}

/** `last_login_at` is left alone: a login may have moved it since the user was read. */
async function updateUser(trx: Queries, before: User, { after, passwordHash }: UserWrite): Promise<void> {
  const password = after.status === "deleted" ? { password_hash: null } : passwordHash === undefined ? {} : { password_hash: passwordHash };
  const { numUpdatedRows } = await trx
    .updateTable("users")
    .set({ ...toUserColumns(after), ...password })
    .where("id", "=", before.id)
    .where("updated_at", "=", toMs(before.updatedAt))
    .where("deleted_at", "is", null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw changedMeanwhile(after.id);
}

/** The others are locked before anything is written, so that two superadmins cannot demote each other at once. */
async function requireSuperadminLeft(db: CloudDatabase, trx: Queries, before: User, after: User): Promise<void> {
  if (!isActiveSuperadmin(before) || isActiveSuperadmin(after)) return;
  const active = await trx
    .selectFrom("users")
    .select("id")
    .where("role", "=", "superadmin")
    .where("status", "=", "active")
    .$call(forUpdate(db))
    .execute();
  if (active.every(({ id }) => id === after.id)) {
    throw domainError("LAST_SUPERADMIN", "the last superadmin cannot be demoted, suspended or deleted");
  }
}

function isActiveSuperadmin({ role, status }: User): boolean {
  return role === "superadmin" && status === "active";
}

/** Undefined: the error was about something else. */
function takenError(unique: string | undefined, user: User): Error | undefined {
  if (unique === undefined) return undefined;
  if (unique.includes("username_key")) return domainError("USERNAME_TAKEN", `the username ${user.username} is in use`);
  if (unique.includes("email_key")) return domainError("EMAIL_TAKEN", `the mail address ${user.email} is in use`);
  // The primary key of MySQL and PostgreSQL is named otherwise, and the audit log has one too.
  return unique === "users.id" || unique.includes("users_pkey") || unique.includes("users.PRIMARY") ? changedMeanwhile(user.id) : undefined;
}
