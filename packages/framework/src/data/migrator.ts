import type { Kysely } from "kysely";
import type { Migrator as KyselyMigrator, MigrationResultSet } from "kysely/migration";
import { ArcanaError } from "../error/index.ts";
import type { Database } from "./database.ts";
import { DatabaseError } from "./database-error.ts";

/** One step of the schema. It runs in a transaction where the database can roll back changes of the schema (SQLite, PostgreSQL). */
export interface Migration {
  up(db: Kysely<unknown>): Promise<void>;
  down(db: Kysely<unknown>): Promise<void>;
}

/** By name; the order of the names is the order in which they are applied. */
export type Migrations = Readonly<Record<string, Migration>>;

export interface MigrationState {
  readonly name: string;
  /** Undefined: not applied yet. */
  readonly appliedAt: Date | undefined;
}

/** Moves the schema. Of several processes that start at once, one migrates and the others wait for it. */
export interface Migrator {
  /**
   * Applies what is not applied yet; returns its names.
   * @throws DatabaseError `newer_schema` where the database has migrations that are not in the list.
   */
  up(): Promise<readonly string[]>;
  /** Takes the last `steps` applied migrations back; returns their names. @throws DatabaseError `newer_schema`. */
  down(steps?: number): Promise<readonly string[]>;
  /** All migrations in their order, those that this build does not know last. */
  status(): Promise<readonly MigrationState[]>;
}

export interface MigratorOptions<Schema> {
  readonly db: Database<Schema>;
  /** Loaded when there is something to do with them. */
  readonly migrations: Migrations | (() => Promise<Migrations>);
  /** How long to wait for another process that migrates. Default: 60 s. */
  readonly lockTimeoutMs?: number;
}

const TABLE = "schema_migrations";

export function createMigrator<Schema>({ db, migrations, lockTimeoutMs = 60_000 }: MigratorOptions<Schema>): Migrator {
  const known = async (): Promise<Migrations> => (typeof migrations === "function" ? migrations() : migrations);

  const applied = async (): Promise<readonly MigrationState[]> => {
    if (!(await hasTable(db))) return [];
    const rows = await db.read(`SELECT name, timestamp FROM ${TABLE} ORDER BY name`);
    return rows.map(({ name, timestamp }) => ({ name: String(name), appliedAt: new Date(String(timestamp)) }));
  };

  /** What the database has and this build has not. */
  const assertNotNewer = async (): Promise<void> => {
    const names = await known();
    const foreign = (await applied()).map(({ name }) => name).filter((name) => !(name in names));
    if (foreign.length === 0) return;
    throw new DatabaseError(
      "newer_schema",
      `the database has migrations that this build does not know (${foreign.join(", ")}): run the build that made them, or a newer one`,
    );
  };

  const isLatest = async (): Promise<boolean> => {
    const done = new Set((await applied()).map(({ name }) => name));
    return Object.keys(await known()).every((name) => done.has(name));
  };

  const run = async (step: (migrator: KyselyMigrator) => Promise<MigrationResultSet>): Promise<readonly string[]> => {
    const migrator = await kyselyMigrator(db, known);
    const deadline = performance.now() + lockTimeoutMs;
    for (;;) {
      await assertNotNewer();
      const { error, results = [] } = await step(migrator);
      if (error === undefined) return results.map(({ migrationName }) => migrationName);
      // Another process may have migrated between the look and the step.
      await assertNotNewer();
      if (!isLocked(error) || performance.now() > deadline) throw error;
    }
  };

  return {
    async up() {
      await assertNotNewer();
      // The usual start finds nothing to do, and need not load the query builder to find that.
      return (await isLatest()) ? [] : run((migrator) => migrator.migrateToLatest());
    },
    async down(steps = 1) {
      const names: string[] = [];
      for (let step = 0; step < steps; step++) {
        const taken = await run((migrator) => migrator.migrateDown());
        if (taken.length === 0) break;
        names.push(...taken);
      }
      return names;
    },
    async status() {
      const done = await applied();
      const names = Object.keys(await known()).sort();
      const foreign = done.filter(({ name }) => !names.includes(name));
      return [...names.map((name) => done.find((state) => state.name === name) ?? { name, appliedAt: undefined }), ...foreign];
    },
  };
}

async function kyselyMigrator<Schema>(db: Database<Schema>, known: () => Promise<Migrations>): Promise<KyselyMigrator> {
  const [{ Migrator }, kysely] = await Promise.all([import("kysely/migration"), db.kysely()]);
  return new Migrator({
    db: kysely,
    provider: { getMigrations: async () => ({ ...(await known()) }) },
    migrationTableName: TABLE,
    migrationLockTableName: `${TABLE}_lock`,
  });
}

/** By the catalogue, since asking for a table that is not there would be an error like any other. */
async function hasTable<Schema>(db: Database<Schema>): Promise<boolean> {
  const catalogue = {
    sqlite: `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${TABLE}'`,
    mysql: `SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = '${TABLE}'`,
    postgres: `SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '${TABLE}'`,
  } as const;
  return (await db.read(catalogue[db.dialectName])).length > 0;
}

function isLocked(error: unknown): boolean {
  return error instanceof ArcanaError && error.cause instanceof DatabaseError && error.cause.fault === "locked";
}
