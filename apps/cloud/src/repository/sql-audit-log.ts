import type { AuditEntry, AuditLog } from "../service/ports.ts";
import { batches, inBatches } from "./batches.ts";
import { toMs } from "./columns.ts";
import type { CloudDatabase, Queries } from "./schema.ts";

/** The audit log as a table. All entries of a call are appended, or none. */
export function sqlAuditLog(db: CloudDatabase): AuditLog {
  return {
    async append(entries, signal) {
      signal?.throwIfAborted();
      if (entries.length === 0) return;
      const kysely = await db.kysely();
      await kysely.transaction().execute((trx) => appendAudit(trx, entries));
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

/** In two steps: MySQL deletes from no table that the same statement reads with a limit. */
async function purgeBatch(db: Queries, before: number, size: number): Promise<number> {
  const old = await db.selectFrom("audit_logs").select("id").where("timestamp", "<", before).limit(size).execute();
  if (old.length === 0) return 0;
  const ids = old.map(({ id }) => id);
  const { numDeletedRows } = await db.deleteFrom("audit_logs").where("id", "in", ids).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Appends within the transaction of the write that the entries tell of. */
export async function appendAudit(trx: Queries, entries: readonly AuditEntry[]): Promise<void> {
  for (const batch of batches(entries)) await trx.insertInto("audit_logs").values(batch.map(toRow)).execute();
}

function toRow(entry: AuditEntry) {
  return {
    id: entry.id,
    user_id: entry.userId ?? null,
    action: entry.action,
    resource_type: entry.resourceType,
    resource_id: entry.resourceId ?? null,
    details: JSON.stringify(entry.details),
    ip_address: entry.ipAddress ?? null,
    user_agent: entry.userAgent ?? null,
    success: entry.success,
    error_message: entry.errorMessage ?? null,
    timestamp: toMs(entry.timestamp),
  };
}
