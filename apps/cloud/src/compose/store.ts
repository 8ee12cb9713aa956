/** The repository tier: the database, its schema, and the ports on it. */
import type { Clock } from "@arcana/framework/app";
import type { Migrator } from "@arcana/framework/data";
import { createMigrator, openDatabase } from "@arcana/framework/data";
import type { Logger } from "@arcana/framework/telemetry";
import type { Config } from "../config.ts";
import { cachedSessions } from "../repository/cached-session-repository.ts";
import { cached } from "../repository/cached-user-repository.ts";
import { createFreshness } from "../repository/freshness.ts";
import type { CloudDatabase, Schema } from "../repository/schema.ts";
import { sqlAttemptRepository } from "../repository/sql-attempt-repository.ts";
import { sqlAuditLog } from "../repository/sql-audit-log.ts";
import { sqlSessionRepository } from "../repository/sql-session-repository.ts";
import { sqlUserRepository } from "../repository/sql-user-repository.ts";

export type Store = ReturnType<typeof createStore>;

/** @throws DatabaseError whose message tells an operator what to do. */
export function openCloudDatabase({ database }: Config, log: Logger): Promise<CloudDatabase> {
  return openDatabase<Schema>(database.url, {
    synchronous: database.synchronous,
    busyTimeoutMs: database.busyTimeoutMs,
    onWarning: (message) => log.warn(message),
    ...(database.logQueries && { onStatement: (statement) => log.debug(statement, "statement") }),
  });
}

/** What the repository tier offers, its caches in front. */
export function createStore(database: CloudDatabase, config: Config, clock: Clock) {
  const caching = {
    freshness: createFreshness(database.changes),
    clock,
    maxEntries: config.cache.localMaxEntries,
    ttlMs: config.cache.userTtlMs,
  };
  return {
    users: cached(sqlUserRepository(database), caching),
    sessions: cachedSessions(sqlSessionRepository(database), caching),
    audit: sqlAuditLog(database),
    attempts: sqlAttemptRepository(database),
  };
}

export function migratorOf(database: CloudDatabase): Migrator {
  return createMigrator({ db: database, migrations: async () => (await import("../../migrations/index.ts")).migrations });
}

/** Brings the schema up to date, or where the configuration leaves that to a command, requires that it is. */
export async function prepareSchema(database: CloudDatabase, config: Config, log: Logger): Promise<void> {
  const migrator = migratorOf(database);
  if (config.database.migrateOnStart) {
    const names = await migrator.up();
    if (names.length > 0) log.info({ migrations: names }, "the schema was brought up to date");
    return;
  }
  const missing = (await migrator.status()).filter(({ appliedAt }) => appliedAt === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(`the database lacks ${missing.join(", ")}: run \`arcana migrate up\`, or set database.migrate_on_start`);
}
