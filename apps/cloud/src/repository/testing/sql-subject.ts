/** The SQL adapters under test, on a database of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMigrator, openDatabase } from "@arcana/framework/data";
import { migrations } from "../../../migrations/index.ts";
import type { UserId } from "../../domain/user.ts";
import type { AuditEntry } from "../../service/ports.ts";
import { cachedSessions } from "../cached-session-repository.ts";
import { cached } from "../cached-user-repository.ts";
import { toDate } from "../columns.ts";
import { createFreshness } from "../freshness.ts";
import type { CloudDatabase, Schema } from "../schema.ts";
import { sqlAttemptRepository } from "../sql-attempt-repository.ts";
import { sqlAuditLog } from "../sql-audit-log.ts";
import { sqlSessionRepository } from "../sql-session-repository.ts";
import { sqlUserRepository } from "../sql-user-repository.ts";
import type { Subject } from "./subject.ts";

export interface SqlSubject extends Subject {
  readonly db: CloudDatabase;
  /** Undefined: in memory. */
  readonly file: string | undefined;
}

export async function sqlInMemory(): Promise<SqlSubject> {
  const db = await migrated("sqlite::memory:");
  return { ...adapters(db), db, file: undefined, close: () => db.close() };
}

export async function sqlInFile(): Promise<SqlSubject> {
  const folder = mkdtempSync(join(tmpdir(), "arcana-repository-"));
  const file = join(folder, "arcana.db");
  const db = await migrated(`sqlite://${file}`);
  const close = async (): Promise<void> => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...adapters(db), db, file, close };
}

/** As the composition puts them together. */
export async function cachedSql(): Promise<SqlSubject> {
  const subject = await sqlInFile();
  const options = { freshness: createFreshness(subject.db.changes), clock: { now: () => new Date() }, maxEntries: 1000, ttlMs: 300_000 };
  return { ...subject, users: cached(subject.users, options), sessions: cachedSessions(subject.sessions, options) };
}

async function migrated(url: string): Promise<CloudDatabase> {
  const db = await openDatabase<Schema>(url);
  await createMigrator({ db, migrations }).up();
  return db;
}

function adapters(db: CloudDatabase): Omit<Subject, "close"> {
  return {
    users: sqlUserRepository(db),
    sessions: sqlSessionRepository(db),
    audit: sqlAuditLog(db),
    attempts: sqlAttemptRepository(db),
    auditEntries: () => auditEntries(db),
  };
}

async function auditEntries(db: CloudDatabase): Promise<AuditEntry[]> {
  const rows = await (await db.kysely()).selectFrom("audit_logs").selectAll().orderBy("id").execute();
  return rows.map((row) => ({
    id: row.id,
    userId: (row.user_id ?? undefined) as UserId | undefined,
    action: row.action,
    resourceType: row.resource_type,
    resourceId: row.resource_id ?? undefined,
    details: JSON.parse(row.details) as Record<string, unknown>,
    ipAddress: row.ip_address ?? undefined,
    userAgent: row.user_agent ?? undefined,
    success: Boolean(row.success),
    errorMessage: row.error_message ?? undefined,
    timestamp: toDate(row.timestamp),
  }));
}
