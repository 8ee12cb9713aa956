import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** What a statement gave. */
export interface Result {
  readonly rows: Record<string, unknown>[];
  readonly numAffectedRows?: bigint;
  readonly insertId?: bigint;
}

interface Statement {
  readonly prepared: StatementSync;
  readonly givesRows: boolean;
}

/** More than any of our processes has; a bound, so that SQL with literals in it cannot fill the memory. */
const MAX_STATEMENTS = 256;

/** One connection to SQLite, its statements prepared once. Everything here is synchronous. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  /** By SQL text, the least recently used first. */
  readonly #statements = new Map<string, Statement>();
  #dataVersion: StatementSync | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  run(sql: string, parameters: readonly unknown[]): Result {
    const { prepared, givesRows } = this.#statement(sql);
    const values = parameters.map(toSqlValue);
    if (givesRows) {
      const rows = prepared.all(...values);
      return { rows, numAffectedRows: BigInt(rows.length) };
    }
    const { changes, lastInsertRowid } = prepared.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** Rows alone: for reading, where counting them would cost more than it tells. */
  rows(sql: string, parameters: readonly unknown[]): Record<string, unknown>[] {
    return this.#statement(sql).prepared.all(...parameters.map(toSqlValue));
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Moves when another connection, of this process or not, has committed a change. https://www.sqlite.org/pragma.html#pragma_data_version */
  dataVersion(): number {
    this.#dataVersion ??= this.#database.prepare("PRAGMA data_version", { returnArrays: true });
    return Number(this.#dataVersion.get()?.[0]);
  }

  close(): void {
    this.#statements.clear();
    this.#dataVersion = undefined;
    if (this.#database.isOpen) this.#database.close();
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const prepared = this.#database.prepare(sql);
    const statement = { prepared, givesRows: prepared.columns().length > 0 };
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) this.#statements.delete(this.#statements.keys().next().value ?? sql);
    return statement;
  }
}

/**
 * A value as SQLite stores it: a `Date` as milliseconds since the epoch, which sort, compare and index as they are and
 * mean the same on every database; a boolean as 0 or 1.
 *
 * @throws TypeError for what would be stored as something else than it is: SQLite turns NaN into NULL without a word.
 */
export function toSqlValue(value: unknown): SQLInputValue {
  switch (typeof value) {
    case "string":
    case "bigint":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored: a number must be finite`);
      return value;
    case "boolean":
      return value ? 1 : 0;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      if (value instanceof Date) return toSqlValue(value.getTime());
      throw new TypeError(`${value === undefined ? "undefined" : "an object"} cannot be stored: pass null, or text`);
  }
}
