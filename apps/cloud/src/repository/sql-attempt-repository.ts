import type { AttemptRepository, Attempts } from "../service/ports.ts";
import { inBatches } from "./batches.ts";
import { toDate, toMs } from "./columns.ts";
import { forUpdate } from "./for-update.ts";
import type { CloudDatabase, LoginAttemptsTable, Queries } from "./schema.ts";

export function sqlAttemptRepository(db: CloudDatabase): AttemptRepository {
  const find = db.prepare((queries, { key }: { key: string }) => selectAttempts(queries).where("subject", "=", key));

  return {
    async find(key, signal) {
      signal?.throwIfAborted();
      const [row] = await find({ key });
      return row && toAttempts(row);
    },
    async fail(key, _at, next, signal) {
      signal?.throwIfAborted();
      const kysely = await db.kysely();
      return kysely.transaction().execute(async (trx) => {
        const row = await selectAttempts(trx).where("subject", "=", key).$call(forUpdate(db)).executeTakeFirst();
        const state = next(row && toAttempts(row));
        await (row === undefined
          ? trx.insertInto("login_attempts").values({ subject: key, ...toColumns(state) })
          : trx.updateTable("login_attempts").set(toColumns(state)).where("subject", "=", key)
        ).execute();
        return state;
      });
    },
    async clear(key, signal) {
      signal?.throwIfAborted();
      const kysely = await db.kysely();
      await kysely.deleteFrom("login_attempts").where("subject", "=", key).execute();
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

const columns = ["failures", "last_failure_at", "blocked_until"] as const;

function selectAttempts(db: Queries) {
  return db.selectFrom("login_attempts").select(columns);
}

/** In two steps: MySQL deletes from no table that the same statement reads with a limit. */
async function purgeBatch(db: Queries, before: number, size: number): Promise<number> {
  const over = await db
    .selectFrom("login_attempts")
    .select("subject")
    .where("last_failure_at", "<", before)
    .where((eb) => eb.or([eb("blocked_until", "is", null), eb("blocked_until", "<", before)]))
    .limit(size)
    .execute();
  if (over.length === 0) return 0;
  const subjects = over.map(({ subject }) => subject);
  // Once more by time: the key may have failed again since it was read.
  const { numDeletedRows } = await db
    .deleteFrom("login_attempts")
    .where("subject", "in", subjects)
    .where("last_failure_at", "<", before)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

function toAttempts(row: Pick<LoginAttemptsTable, (typeof columns)[number]>): Attempts {
  return { failures: row.failures, lastFailureAt: toDate(row.last_failure_at), blockedUntil: toDate(row.blocked_until) };
}

function toColumns({ failures, lastFailureAt, blockedUntil }: Attempts) {
  return { failures, last_failure_at: toMs(lastFailureAt), blocked_until: toMs(blockedUntil) };
}
