import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely";
import type { Result } from "./connection.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * What Kysely takes for a connection: the right to use the two that there are.
 *
 * Reading goes to the reader. Writing takes the lock of the writer, and keeps it as long as a transaction is open on it,
 * so that nobody else's statement can slip into the transaction.
 */
export class SqliteLease implements DatabaseConnection {
  readonly #sqlite: Sqlite;
  #holdsLock = false;
  /** Between `begin` and `end`: a statement may only run inside the transaction. */
  #begun = false;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#execute(query);
    // The rows are what the query asked for; the builder that made it knows their type.
    return result as QueryResult<Row> & Result;
  }

  // biome-ignore lint/correctness/useYield: refusing is all it does
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("rows cannot be streamed from SQLite: read them a page at a time");
  }

  async begin(): Promise<void> {
    await this.#lock();
    try {
      // IMMEDIATE: what is read in the transaction cannot have changed by the time it writes.
      await this.#sqlite.write("BEGIN IMMEDIATE", []);
      this.#begun = true;
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  async commit(): Promise<void> {
    this.#assertOpen();
    await this.#sqlite.write("COMMIT", []);
    this.#end();
  }

  async rollback(): Promise<void> {
    // After some faults, such as a full disk, SQLite has rolled back by itself.
    try {
      if (this.#sqlite.inTransaction) await this.#sqlite.write("ROLLBACK", []);
    } finally {
      this.#end();
    }
  }

  async release(): Promise<void> {
    if (this.#holdsLock) await this.rollback();
  }

  async #execute(query: CompiledQuery): Promise<Result> {
    if (this.#begun) {
      this.#assertOpen();
      return this.#sqlite.write(query.sql, query.parameters);
    }
    if (!this.#holdsLock && query.query.kind === "SelectQueryNode") return { rows: await this.#sqlite.read(query.sql, query.parameters) };
    await this.#lock();
    try {
      return await this.#sqlite.write(query.sql, query.parameters);
    } finally {
      // A transaction that was begun by hand goes on.
      if (!this.#sqlite.inTransaction) this.#unlock();
    }
  }

  #assertOpen(): void {
    if (!this.#sqlite.inTransaction)
      throw new Error("the transaction was rolled back by SQLite after a fault: nothing more can be done in it");
  }

  async #lock(): Promise<void> {
    if (this.#holdsLock) return;
    await this.#sqlite.lock();
    this.#holdsLock = true;
  }

  #end(): void {
    this.#begun = false;
    this.#unlock();
  }

  #unlock(): void {
    if (!this.#holdsLock) return;
    this.#holdsLock = false;
    this.#sqlite.unlock();
  }
}
