import type { Result } from "./connection.ts";
import { callerError, isBusy, sqliteError } from "./faults.ts";
import { createLock } from "./lock.ts";
import type { Connections } from "./open.ts";
import { patiently } from "./patience.ts";

/** Told of each statement when it is over. Parameters are left out: they hold what must not be logged. */
export type StatementListener = (statement: { readonly sql: string; readonly durationMs: number; readonly error: unknown }) => void;

export interface SqliteOptions {
  /** What messages call the database: its path. */
  readonly place: string;
  /** How long a statement waits for other transactions, of this process and of others. */
  readonly busyTimeoutMs: number;
  readonly onStatement: StatementListener | undefined;
}

/** A database on SQLite as its leases see it: one connection that writes, under a lock, and one that reads. */
export interface Sqlite {
  /** Takes the writer. @throws UNAVAILABLE where it is not free in time. */
  lock(): Promise<void>;
  unlock(): void;
  readonly inTransaction: boolean;
  /** Runs a statement on the writer, whose lock the caller holds. */
  write(sql: string, parameters: readonly unknown[]): Promise<Result>;
  /** Reads what is committed, without waiting for open transactions unless the database is in memory. */
  read(sql: string, parameters: readonly unknown[]): Record<string, unknown>[] | Promise<Record<string, unknown>[]>;
  changes(): number;
  close(): Promise<void>;
}

export function createSqlite({ writer, reader }: Connections, { place, busyTimeoutMs, onStatement }: SqliteOptions): Sqlite {
  const writing = createLock();
  let closed = false;
  /** Statements on the writer: what stands in for the data version in memory. */
  let writes = 0;

  const assertOpen = (): void => {
    if (closed) throw callerError(sqliteError("closed", place), place);
  };

  const lock = async (): Promise<void> => {
    assertOpen();
    if (!writing.tryAcquire() && !(await writing.acquire(busyTimeoutMs))) {
      throw callerError(
        sqliteError("locked", place, new Error(`a transaction of this process is open for more than ${busyTimeoutMs} ms`)),
        place,
      );
    }
    if (closed) {
      writing.release();
      assertOpen();
    }
  };

  /** Runs at once; what finds the database locked by another process goes on trying. */
  const run = <T>(attempt: () => T, sql: string): T | Promise<T> => {
    assertOpen();
    const start = onStatement === undefined ? 0 : performance.now();
    const note = (error: unknown): void => onStatement?.({ sql, durationMs: performance.now() - start, error });
    try {
      const result = attempt();
      note(undefined);
      return result;
    } catch (error) {
      // Inside a transaction nothing waits: the lock is ours, or the transaction is lost.
      if (!isBusy(error) || writer.inTransaction) {
        note(error);
        throw callerError(error, place);
      }
    }
    return patiently(attempt, busyTimeoutMs).then(
      (result) => {
        note(undefined);
        return result;
      },
      (error: unknown) => {
        note(error);
        throw callerError(error, place);
      },
    );
  };

  const readUnderLock = async (sql: string, parameters: readonly unknown[]): Promise<Record<string, unknown>[]> => {
    await lock();
    try {
      return await run(() => writer.rows(sql, parameters), sql);
    } finally {
      writing.release();
    }
  };

  return {
    lock,
    unlock: () => writing.release(),
    get inTransaction() {
      return !closed && writer.inTransaction;
    },
    async write(sql, parameters) {
      writes++;
      return run(() => writer.run(sql, parameters), sql);
    },
    read(sql, parameters) {
      return reader === undefined ? readUnderLock(sql, parameters) : run(() => reader.rows(sql, parameters), sql);
    },
    changes: () => version(),
    async close() {
      if (closed) return;
      // What runs is finished first; what comes after finds the database closed.
      await writing.acquire(busyTimeoutMs);
      closed = true;
      writing.release();
      // The last connection to close folds the log into the file, which only a writer can.
      reader?.close();
      writer.close();
    },
  };

  function version(): number {
    assertOpen();
    if (reader === undefined) return writes;
    try {
      return reader.dataVersion();
    } catch (error) {
      throw callerError(error, place);
    }
  }
}
