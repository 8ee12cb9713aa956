import type { SelectQueryBuilder } from "kysely";
import type { CloudDatabase } from "./schema.ts";

/** Locks the rows that a decision rests on. SQLite needs no such words: its transactions begin with the lock of the whole database. */
export function forUpdate(db: Pick<CloudDatabase, "dialectName">) {
  return <DB, Table extends keyof DB, Row>(query: SelectQueryBuilder<DB, Table, Row>): SelectQueryBuilder<DB, Table, Row> =>
    db.dialectName === "sqlite" ? query : query.forUpdate();
}
