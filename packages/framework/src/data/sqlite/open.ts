import { closeSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSyncOptions } from "node:sqlite";
import { DatabaseSync } from "node:sqlite";
import { closeToOthers } from "../../files/close-to-others.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { SqliteConnection } from "./connection.ts";
import { operatorError, sqliteError } from "./faults.ts";
import { patiently } from "./patience.ts";

/** How long SQLite itself may wait for another process, holding up the event loop. */
const BLOCKING_WAIT_MS = 5;

export const synchronousModes = ["off", "normal", "full", "extra"] as const;
export type Synchronous = (typeof synchronousModes)[number];

export interface Connections {
  readonly writer: SqliteConnection;
  /** Read-only, so that reading never waits for a transaction. Undefined: in memory, where there is no second connection. */
  readonly reader: SqliteConnection | undefined;
}

/** Opens a database in memory, gone when it is closed. */
export function openMemory(): Connections {
  return { writer: connect(":memory:", {}, []), reader: undefined };
}

export interface OpenOptions {
  readonly synchronous: Synchronous;
  readonly busyTimeoutMs: number;
  readonly onWarning: (message: string) => void;
}

/**
 * Opens the file, and makes it and its folders where they are missing; only this user may read the file, old or new.
 *
 * @throws DatabaseError where the file cannot be used.
 */
export async function openFile(path: string, { synchronous, busyTimeoutMs: timeoutMs, onWarning }: OpenOptions): Promise<Connections> {
  const file = resolve(path);
  createFile(file);
  for (const warning of [file, `${file}-wal`, `${file}-shm`].map(closeToOthers)) if (warning !== undefined) onWarning(warning);
  let writer: SqliteConnection | undefined;
  try {
    // Turning WAL on wants the file alone, and SQLite does not wait for that by itself.
    writer = await patiently(() => connect(file, {}, ["PRAGMA journal_mode = WAL", `PRAGMA synchronous = ${synchronous}`]), timeoutMs);
    if (journalMode(writer) !== "wal")
      throw sqliteError("unwritable", file, new Error("its file system does not allow write-ahead logging"));
    const reader = await patiently(() => connect(file, { readOnly: true }, []), timeoutMs);
    return { writer, reader };
  } catch (error) {
    writer?.close();
    throw operatorError(error, file);
  }
}

function connect(file: string, options: DatabaseSyncOptions, pragmas: readonly string[]): SqliteConnection {
  const database = new DatabaseSync(file, { ...options, enableForeignKeyConstraints: true, timeout: BLOCKING_WAIT_MS });
  try {
    for (const pragma of pragmas) database.exec(pragma);
    // Reads the header, so that what is no database is refused here.
    database.exec("SELECT count(*) FROM sqlite_master");
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteConnection(database);
}

function journalMode(connection: SqliteConnection): unknown {
  return connection.rows("PRAGMA journal_mode", [])[0]?.journal_mode;
}

/** SQLite would make the file readable for all, and gives its side files the same rights. */
function createFile(file: string): void {
  try {
    makeFolder(dirname(file));
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw sqliteError("unwritable", file, cause);
  }
}
