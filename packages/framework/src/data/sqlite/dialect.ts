import type { DatabaseConnection, Dialect, Driver } from "kysely";
import { CompiledQuery, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { SqliteLease } from "./lease.ts";
import type { Sqlite } from "./sqlite.ts";

/** Kysely on `node:sqlite`. Closing belongs to whoever opened the connections. */
export function sqliteDialect(sqlite: Sqlite): Dialect {
  return {
    createDriver: () => sqliteDriver(sqlite),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new NodeSqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** Leases wait for each other where they must; Kysely need not. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** SQLite rolls back changes of the schema too; so migrations run in one transaction, whose lock holds other processes off. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function sqliteDriver(sqlite: Sqlite): Driver {
  const savepoint = (command: string) => async (connection: DatabaseConnection, name: string) => {
    await connection.executeQuery(CompiledQuery.raw(`${command} "${name.replaceAll('"', '""')}"`));
  };
  return {
    init: async () => {},
    acquireConnection: async () => new SqliteLease(sqlite),
    beginTransaction: (connection) => lease(connection).begin(),
    commitTransaction: (connection) => lease(connection).commit(),
    rollbackTransaction: (connection) => lease(connection).rollback(),
    savepoint: savepoint("savepoint"),
    rollbackToSavepoint: savepoint("rollback to"),
    releaseSavepoint: savepoint("release"),
    releaseConnection: (connection) => lease(connection).release(),
    destroy: async () => {},
  };
}

function lease(connection: DatabaseConnection): SqliteLease {
  if (connection instanceof SqliteLease) return connection;
  throw new TypeError("the connection is not one of this dialect");
}
