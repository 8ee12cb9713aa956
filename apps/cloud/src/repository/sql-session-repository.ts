import type { RefreshToken } from "../domain/session.ts";
import type { SessionId } from "../domain/user.ts";
import type { SessionRepository, SessionRotation, SessionStart } from "../service/ports.ts";
import { batches, inBatches } from "./batches.ts";
import { changedMeanwhile } from "./changed-meanwhile.ts";
import { toMs } from "./columns.ts";
import { loginKey } from "./login-key.ts";
import type { CloudDatabase, Queries } from "./schema.ts";
import { appendAudit } from "./sql-audit-log.ts";
import { insertToken, revokeFamilies, sessionColumns, toSession, toToken } from "./token-row.ts";

export function sqlSessionRepository(db: CloudDatabase): SessionRepository {
  const live = db.prepare((queries, { id, now }: { id: string; now: number }) => liveSessions(queries, now).where("family_id", "=", id));
  const ofUser = db.prepare((queries, { userId, now }: { userId: string; now: number }) =>
    liveSessions(queries, now).where("user_id", "=", userId).orderBy("family_started_at", "desc").orderBy("family_id", "desc"),
  );
  const byHash = db.prepare((queries, { hash }: { hash: string }) =>
    queries.selectFrom("oauth_tokens").selectAll().where("token_hash", "=", hash),
  );
  const inNetwork = (queries: Queries, network: string) =>
    queries
      .selectFrom("oauth_tokens")
      .innerJoin("users", "users.id", "oauth_tokens.user_id")
      .select("oauth_tokens.id")
      .where("oauth_tokens.network", "=", network)
      .where("users.deleted_at", "is", null)
      .limit(1);
  const knownBy = {
    id: db.prepare((queries, { key, network }: InNetwork) => inNetwork(queries, network).where("users.id", "=", key)),
    username: db.prepare((queries, { key, network }: InNetwork) => inNetwork(queries, network).where("users.username_key", "=", key)),
    email: db.prepare((queries, { key, network }: InNetwork) => inNetwork(queries, network).where("users.email_key", "=", key)),
  };

  return {
    async findLive(id, now, signal) {
      signal?.throwIfAborted();
      const [row] = await live({ id, now: toMs(now) });
      return row && toSession(row);
    },
    async list(userId, now, signal) {
      signal?.throwIfAborted();
      const rows = await ofUser({ userId, now: toMs(now) });
      return rows.map(toSession);
    },
    async isKnownNetwork(whose, network, signal) {
      signal?.throwIfAborted();
      const [by, key] = "id" in whose ? (["id", whose.id] as const) : loginKey(whose.login);
      return (await knownBy[by]({ key, network })).length > 0;
    },
    async findToken(tokenHash, signal) {
      signal?.throwIfAborted();
      const [row] = await byHash({ hash: tokenHash });
      return row && toToken(row);
    },
    async start(start, signal) {
      signal?.throwIfAborted();
      const kysely = await db.kysely();
      await kysely.transaction().execute((trx) => startSession(trx, start));
    },
    async rotate(rotation, signal) {
      signal?.throwIfAborted();
      const kysely = await db.kysely();
      return kysely.transaction().execute((trx) => rotateToken(trx, rotation));
    },
    async end(ids, at, trail, signal) {
      signal?.throwIfAborted();
      const kysely = await db.kysely();
      await kysely.transaction().execute(async (trx) => {
        for (const batch of batches(ids)) await revokeFamilies(trx, batch, at);
        await appendAudit(trx, trail.audit);
      });
    },
    async purge(before, signal) {
      const kysely = await db.kysely();
      return inBatches((size) => {
        signal?.throwIfAborted();
        return purgeBatch(kysely, toMs(before), size);
      });
    },
  };
}

interface InNetwork {
  readonly key: string;
  readonly network: string;
}

function liveSessions(db: Queries, now: number) {
  return db
    .selectFrom("oauth_tokens")
    .innerJoin("users", "users.id", "oauth_tokens.user_id")
    .select(sessionColumns.map((column) => `oauth_tokens.${column}` as const))
    .where("oauth_tokens.revoked", "=", false)
    .where("oauth_tokens.expires_at", ">", now)
    .where("users.deleted_at", "is", null);
}

async function startSession(trx: Queries, { before, token, lastLoginAt, passwordHash, maxSessions, trail }: SessionStart): Promise<void> {
  const ofUser = trx
    .updateTable("users")
    .set({ last_login_at: toMs(lastLoginAt), ...(passwordHash === undefined ? {} : { password_hash: passwordHash }) })
    .where("id", "=", token.userId)
    .where("deleted_at", "is", null);
  const asRead = before === undefined ? ofUser : ofUser.where("updated_at", "=", toMs(before.updatedAt));
  const { numUpdatedRows } = await asRead.executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw changedMeanwhile(token.userId);
  // The user's row is locked by now, so that two who start at once do not each leave room for the other.
  await endOldest(trx, token, maxSessions - 1);
  await insertToken(trx, token, toMs(token.createdAt));
  await appendAudit(trx, trail.audit);
}

/** Ends the user's living sessions but the `kept` youngest. */
async function endOldest(trx: Queries, { userId, createdAt }: RefreshToken, kept: number): Promise<void> {
  const living = await trx
    .selectFrom("oauth_tokens")
    .select("family_id")
    .where("user_id", "=", userId)
    .where("revoked", "=", false)
    .where("expires_at", ">", toMs(createdAt))
    .orderBy("family_started_at", "desc")
    .orderBy("family_id", "desc")
    .execute();
  const ids = living.slice(kept).map(({ family_id }) => family_id as SessionId);
  for (const batch of batches(ids)) await revokeFamilies(trx, batch, createdAt);
}

async function rotateToken(trx: Queries, { spend, token, trail }: SessionRotation): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("oauth_tokens")
    .set({
      revoked: true,
      revoked_at: toMs(token.createdAt),
      last_used_at: toMs(token.createdAt),
      device_id: null,
      user_agent: null,
      ip_address: null,
    })
    .where("id", "=", spend)
    .where("revoked", "=", false)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  const spent = await trx.selectFrom("oauth_tokens").select("family_started_at").where("id", "=", spend).executeTakeFirstOrThrow();
  await insertToken(trx, token, spent.family_started_at);
  await appendAudit(trx, trail.audit);
  return true;
}

/** In two steps: MySQL deletes from no table that the same statement reads with a limit. A token that has ended stays ended. */
async function purgeBatch(db: Queries, before: number, size: number): Promise<number> {
  const ended = await db
    .selectFrom("oauth_tokens")
    .select("id")
    .where((eb) => eb.or([eb("revoked_at", "<", before), eb("expires_at", "<", before)]))
    .limit(size)
    .execute();
  if (ended.length === 0) return 0;
  const ids = ended.map(({ id }) => id);
  const { numDeletedRows } = await db.deleteFrom("oauth_tokens").where("id", "in", ids).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
