import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import type { Migration, Migrations } from "./migrator.ts";
import { createMigrator } from "./migrator.ts";

const table = (name: string): Migration => ({
  async up(db) {
    await db.schema.createTable(name).addColumn("id", "integer").execute();
  },
  async down(db) {
    await db.schema.dropTable(name).execute();
  },
});

const two: Migrations = { "0001_a": table("a"), "0002_b": table("b") };
const three: Migrations = { ...two, "0003_c": table("c") };

async function open(t: TestContext, url = "sqlite::memory:"): Promise<Database<unknown>> {
  const db = await openDatabase<unknown>(url);
  t.after(() => db.close());
  return db;
}

function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "arcana-migrator-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "a.db");
}

const tables = async (db: Database<unknown>): Promise<unknown[]> => {
  const rows = await db.read("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 's%' ORDER BY name");
  return rows.map(({ name }) => name);
};

test("up applies what is not applied yet, in the order of the names", async (t) => {
  const db = await open(t);
  assert.deepEqual(await createMigrator({ db, migrations: two }).up(), ["0001_a", "0002_b"]);
  assert.deepEqual(await createMigrator({ db, migrations: async () => three }).up(), ["0003_c"]);
  assert.deepEqual(await createMigrator({ db, migrations: three }).up(), []);
  assert.deepEqual(await tables(db), ["a", "b", "c"]);
});

test("down takes the last ones back, as many as are asked for and no more than there are", async (t) => {
  const db = await open(t);
  const migrator = createMigrator({ db, migrations: three });
  await migrator.up();
  assert.deepEqual(await migrator.down(), ["0003_c"]);
  assert.deepEqual(await tables(db), ["a", "b"]);
  assert.deepEqual(await migrator.down(9), ["0002_b", "0001_a"]);
  assert.deepEqual(await tables(db), []);
  assert.deepEqual(await migrator.up(), ["0001_a", "0002_b", "0003_c"]);
});

test("status tells what is applied, what is not, and what this build does not know", async (t) => {
  const db = await open(t);
  const state = async (migrations: Migrations): Promise<unknown[]> => {
    const states = await createMigrator({ db, migrations }).status();
    return states.map(({ name, appliedAt }) => [name, appliedAt instanceof Date && !Number.isNaN(appliedAt.getTime())]);
  };
  assert.deepEqual(await state(two), [
    ["0001_a", false],
    ["0002_b", false],
  ]);
  await createMigrator({ db, migrations: two }).up();
  assert.deepEqual(await state(three), [
    ["0001_a", true],
    ["0002_b", true],
    ["0003_c", false],
  ]);
  assert.deepEqual(await state({ "0001_a": table("a") }), [
    ["0001_a", true],
    ["0002_b", true],
  ]);
});

test("a database of a newer build is refused, and stays as it is", async (t) => {
  const db = await open(t);
  await createMigrator({ db, migrations: three }).up();
  const older = createMigrator({ db, migrations: two });
  const refusal = { name: "DatabaseError", fault: "newer_schema", message: /\(0003_c\): run the build that made them, or a newer one/ };
  await assert.rejects(older.up(), refusal);
  await assert.rejects(older.down(), refusal);
  assert.deepEqual(await tables(db), ["a", "b", "c"]);
});

test("a migration that fails leaves nothing behind, nor does any other of the same run", async (t) => {
  const db = await open(t, `sqlite://${file(t)}`);
  const broken: Migration = {
    async up(kysely) {
      await kysely.schema.createTable("half").addColumn("id", "integer").execute();
      throw new Error("broken migration");
    },
    async down() {},
  };
  await assert.rejects(createMigrator({ db, migrations: { ...two, "0003_broken": broken } }).up(), /broken migration/);
  assert.deepEqual(await tables(db), []);
  assert.deepEqual(await createMigrator({ db, migrations: three }).up(), ["0001_a", "0002_b", "0003_c"]);
});

test("processes that start at once migrate once, and all find the schema in place", async (t) => {
  const path = file(t);
  const script = `
    import { openDatabase } from ${JSON.stringify(new URL("./database.ts", import.meta.url).href)};
    import { createMigrator } from ${JSON.stringify(new URL("./migrator.ts", import.meta.url).href)};
    const db = await openDatabase(${JSON.stringify(`sqlite://${path}`)});
    const table = (name) => ({ up: (db) => db.schema.createTable(name).addColumn("id", "integer").execute(), down: async () => {} });
    const migrations = Object.fromEntries(["0001_a", "0002_b", "0003_c"].map((name) => [name, table(name.slice(5))]));
    console.log(JSON.stringify(await createMigrator({ db, migrations }).up()));
    await db.close();`;
  const run = promisify(execFile);
  const starts = [1, 2, 3].map(() => run(process.execPath, ["--conditions=@arcana/source", "--input-type=module", "-e", script]));
  const applied = (await Promise.all(starts)).map(({ stdout }) => JSON.parse(stdout) as string[]);
  assert.deepEqual(applied.flat().sort(), ["0001_a", "0002_b", "0003_c"]);
  assert.deepEqual(await tables(await open(t, `sqlite://${path}`)), ["a", "b", "c"]);
});

test("migrating waits for another process longer than a statement does", async (t) => {
  const path = file(t);
  const db = await openDatabase<unknown>(`sqlite://${path}`, { busyTimeoutMs: 10 });
  t.after(() => db.close());
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  const migrating = createMigrator({ db, migrations: two }).up();
  // Several waits of a statement are over by then.
  await new Promise((resolve) => setTimeout(resolve, 60));
  other.exec("COMMIT");
  assert.deepEqual(await migrating, ["0001_a", "0002_b"]);

  other.exec("BEGIN IMMEDIATE");
  await assert.rejects(createMigrator({ db, migrations: three, lockTimeoutMs: 30 }).up(), { reason: "UNAVAILABLE" });
});
