import type { Dialect } from "kysely";

export const dialectNames = ["sqlite", "mysql", "postgres"] as const;
export type DialectName = (typeof dialectNames)[number];

/** What one kind of database brings, beneath {@link Database}. */
export interface Engine {
  readonly dialectName: DialectName;
  /** Loads what Kysely needs; called once. */
  dialect(): Promise<Dialect>;
  /** Runs a statement that only reads, outside of transactions. */
  read(sql: string, parameters: readonly unknown[]): Record<string, unknown>[] | Promise<Record<string, unknown>[]>;
  changes(): number;
  close(): Promise<void>;
}
