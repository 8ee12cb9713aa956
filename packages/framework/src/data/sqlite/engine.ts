import type { Engine } from "../engine.ts";
import type { Synchronous } from "./open.ts";
import { openFile, openMemory } from "./open.ts";
import type { StatementListener } from "./sqlite.ts";
import { createSqlite } from "./sqlite.ts";

export interface SqliteEngineOptions {
  readonly synchronous: Synchronous;
  readonly busyTimeoutMs: number;
  readonly onStatement: StatementListener | undefined;
  readonly onWarning: (message: string) => void;
}

/** @param path undefined: in memory */
export async function sqliteEngine(path: string | undefined, options: SqliteEngineOptions): Promise<Engine> {
  const connections = path === undefined ? openMemory() : await openFile(path, options);
  const sqlite = createSqlite(connections, { place: path ?? ":memory:", ...options });
  return {
    dialectName: "sqlite",
    dialect: async () => (await import("./dialect.ts")).sqliteDialect(sqlite),
    read: sqlite.read,
    changes: sqlite.changes,
    close: sqlite.close,
  };
}
