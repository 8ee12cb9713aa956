import type { Compilable, Kysely } from "kysely";
import { parseDatabaseUrl } from "./database-url.ts";
import type { DialectName, Engine } from "./engine.ts";
import { bindingOf, placeholders } from "./placeholder.ts";
import { sqliteEngine } from "./sqlite/engine.ts";
import type { Synchronous } from "./sqlite/open.ts";
import type { StatementListener } from "./sqlite/sqlite.ts";

export interface DatabaseOptions {
  /**
   * SQLite: when a commit reaches the disk. `normal` keeps the database whole whatever happens, and may lose the last
   * commits when the machine (not the process) dies; `full` loses none. Default: `normal`.
   */
  readonly synchronous?: Synchronous;
  /** How long a statement waits for other transactions before it fails with UNAVAILABLE. Default: 5 s. */
  readonly busyTimeoutMs?: number;
  /** Told of each statement when it is over, without its parameters. Default: nobody. */
  readonly onStatement?: StatementListener;
  /** Told what an operator should mend, such as a file that others may read. Default: nobody. */
  readonly onWarning?: (message: string) => void;
}

/** A query that was compiled once: the call takes its parameters and gives its rows. */
export type PreparedQuery<Parameters, Row> = (parameters: Parameters) => Promise<readonly Row[]>;

/**
 * An open database, whose tables `Schema` describes in Kysely's way.
 *
 * Where the database itself fails (locked, full, damaged, closed), statements fail with UNAVAILABLE, whose cause is a
 * {@link DatabaseError}; errors of a statement, such as a broken constraint, come as the driver gave them.
 */
export interface Database<Schema> extends AsyncDisposable {
  readonly dialectName: DialectName;
  /**
   * The query builder. It is loaded at the first call (about 80 ms and 6 MB), so that a process can listen before it pays
   * for it: a server calls this once after it has begun to listen.
   */
  kysely(): Promise<Kysely<Schema>>;
  /**
   * Compiles a SELECT at its first use and runs the compiled statement from then on: building a query costs several times what
   * running it does. `build` gets placeholders in the place of the values; it may pass them to Kysely and nothing else.
   * Runs outside of transactions.
   *
   *     const byId = db.prepare((db, { id }: { id: string }) => db.selectFrom("users").selectAll().where("id", "=", id));
   *     const [user] = await byId({ id: "…" });
   */
  prepare<Parameters extends object, Row>(
    build: (db: Kysely<Schema>, parameters: Parameters) => Compilable<Row>,
  ): PreparedQuery<Parameters, Row>;
  /** Runs SQL that only reads, in the database's own words, without loading the query builder. */
  read(sql: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /**
   * A number that never falls, and is another one whenever anything was committed since it was last asked for: by this process or any
   * other. Equal numbers mean that nothing has changed, so caches that compare it stay exact. Takes about a microsecond.
   */
  changes(): number;
  /** Waits for what runs, then closes. Everything after that fails with UNAVAILABLE. */
  close(): Promise<void>;
}

/**
 * Opens `sqlite://path/to/file.db` (made where it is missing, readable by this user alone) or `sqlite::memory:`.
 *
 * @throws DatabaseError whose message tells an operator what to do.
 */
export async function openDatabase<Schema>(url: string, options: DatabaseOptions = {}): Promise<Database<Schema>> {
  const { path } = parseDatabaseUrl(url);
  const { synchronous = "normal", busyTimeoutMs = 5000, onStatement, onWarning = () => {} } = options;
  return createDatabase(await sqliteEngine(path, { synchronous, busyTimeoutMs, onStatement, onWarning }));
}

function createDatabase<Schema>(engine: Engine): Database<Schema> {
  let builder: Promise<Kysely<Schema>> | undefined;
  const kysely = (): Promise<Kysely<Schema>> => (builder ??= loadKysely<Schema>(engine));

  return {
    dialectName: engine.dialectName,
    kysely,
    prepare: (build) => prepare(engine, kysely, build),
    read: async (sql, parameters = []) => engine.read(sql, parameters),
    changes: engine.changes,
    close: engine.close,
    [Symbol.asyncDispose]: engine.close,
  };
}

async function loadKysely<Schema>(engine: Engine): Promise<Kysely<Schema>> {
  const [{ Kysely }, dialect] = await Promise.all([import("kysely"), engine.dialect()]);
  return new Kysely<Schema>({ dialect });
}

function prepare<Schema, Parameters extends object, Row>(
  engine: Engine,
  kysely: () => Promise<Kysely<Schema>>,
  build: (db: Kysely<Schema>, parameters: Parameters) => Compilable<Row>,
): PreparedQuery<Parameters, Row> {
  type Run = (parameters: Parameters) => readonly Row[] | Promise<readonly Row[]>;
  let run: Run | undefined;

  const compile = async (): Promise<Run> => {
    const compiled = build(await kysely(), placeholders<Parameters>()).compile();
    if (compiled.query.kind !== "SelectQueryNode") throw new TypeError("only a SELECT can be prepared");
    const bind = bindingOf<Parameters>(compiled);
    // The rows are what the query asked for; the builder that made it knows their type.
    return (parameters) => engine.read(compiled.sql, bind(parameters)) as Row[] | Promise<Row[]>;
  };

  return async (parameters) => {
    run ??= await compile();
    return run(parameters);
  };
}
