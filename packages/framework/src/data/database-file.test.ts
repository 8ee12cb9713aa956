import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { Generated } from "kysely";
import { sql } from "kysely";
import type { Database, DatabaseOptions } from "./database.ts";
import { openDatabase } from "./database.ts";

interface Schema {
  things: { id: Generated<number>; name: string; made_at: number | null };
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "arcana-data-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function open(t: TestContext, url: string, options: DatabaseOptions = {}): Promise<Database<Schema>> {
  const db = await openDatabase<Schema>(url, options);
  t.after(() => db.close());
  const { schema } = await db.kysely();
  await schema
    .createTable("things")
    .ifNotExists()
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("made_at", "bigint")
    .execute();
  return db;
}

const names = async (db: Database<Schema>): Promise<string[]> => {
  const rows = await (await db.kysely()).selectFrom("things").select("name").orderBy("id").execute();
  return rows.map(({ name }) => name);
};

const insert = async (db: Database<Schema>, name: string): Promise<void> => {
  await (await db.kysely()).insertInto("things").values({ name }).execute();
};

describe("a database file", () => {
  test("that others may read is closed to them, with what the log of a crash left beside it", async (t) => {
    const file = join(folder(t), "a.db");
    await (await open(t, `sqlite://${file}`)).close();
    const files = [file, `${file}-wal`, `${file}-shm`];
    for (const path of files) {
      writeFileSync(path, "", { flag: "a" });
      chmodSync(path, 0o644);
    }
    const warnings: string[] = [];
    await open(t, `sqlite://${file}`, { onWarning: (message) => warnings.push(message) });
    assert.deepEqual(
      files.map((path) => statSync(path).mode & 0o777),
      [0o600, 0o600, 0o600],
    );
    assert.deepEqual(warnings, []);
  });

  test("is made with its folders, for this user alone", async (t) => {
    const root = folder(t);
    const file = join(root, "new/data/a.db");
    const db = await open(t, `sqlite://${file}`);
    await insert(db, "a");
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    assert.deepEqual([join(root, "new"), join(root, "new/data"), file, `${file}-wal`].map(mode), ["700", "700", "600", "600"]);
  });

  test("enforces foreign keys and keeps a write-ahead log", async (t) => {
    const db = await open(t, `sqlite://${join(folder(t), "a.db")}`);
    const kysely = await db.kysely();
    await sql`create table parts (thing integer references things (id))`.execute(kysely);
    await assert.rejects(sql`insert into parts values (7)`.execute(kysely), /FOREIGN KEY/);
    assert.equal((await db.read("PRAGMA journal_mode"))[0]?.journal_mode, "wal");
  });

  test("is refused where its folder cannot be made", async (t) => {
    const root = folder(t);
    writeFileSync(join(root, "file"), "");
    await assert.rejects(openDatabase(`sqlite://${join(root, "file/data/a.db")}`), {
      name: "DatabaseError",
      fault: "unwritable",
      message: /file\/data\/a\.db cannot be used \(.*\): make the file and its folder writable/,
    });
  });

  test("is refused on a file system that lets nobody make folders", async () => {
    await assert.rejects(openDatabase("sqlite:///proc/arcana/data/a.db"), { name: "DatabaseError", fault: "unwritable" });
  });

  test("is refused where it is a folder", async (t) => {
    const root = folder(t);
    mkdirSync(join(root, "a.db"));
    await assert.rejects(openDatabase(`sqlite://${join(root, "a.db")}`), { name: "DatabaseError", fault: "unwritable" });
  });

  test("is refused where it is no database, and left as it is", async (t) => {
    const file = join(folder(t), "letter.txt");
    const text = "Dear reader, ".repeat(1000);
    writeFileSync(file, text);
    await assert.rejects(openDatabase(`sqlite://${file}`), { name: "DatabaseError", fault: "not_a_database", message: /letter\.txt/ });
    assert.equal(statSync(file).size, text.length);
  });

  test("is refused at opening, and statements fail with UNAVAILABLE, while another process holds it", async (t) => {
    const file = join(folder(t), "a.db");
    const db = await open(t, `sqlite://${file}`, { busyTimeoutMs: 30 });
    const other = new DatabaseSync(file);
    t.after(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(insert(db, "a"), (error: Error & { reason?: string; cause?: { fault?: string } }) => {
      assert.equal(error.reason, "UNAVAILABLE");
      assert.equal(error.cause?.fault, "locked");
      assert.ok(!error.message.includes(file), "a client does not see the path");
      return true;
    });
    assert.deepEqual(await names(db), [], "reading goes on");
    other.exec("COMMIT");
    await insert(db, "b");
    assert.deepEqual(await names(db), ["b"]);

    const exclusive = join(folder(t), "b.db");
    const holder = new DatabaseSync(exclusive);
    t.after(() => holder.close());
    holder.exec("CREATE TABLE t (a); BEGIN EXCLUSIVE");
    await assert.rejects(openDatabase(`sqlite://${exclusive}`, { busyTimeoutMs: 30 }), { name: "DatabaseError", fault: "locked" });
  });

  test("waits for another process without holding up the event loop", async (t) => {
    const file = join(folder(t), "a.db");
    const db = await open(t, `sqlite://${file}`);
    const other = new DatabaseSync(file);
    t.after(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    const writing = insert(db, "a");
    const start = performance.now();
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    // A busy machine may be slow, but not as slow as waiting inside SQLite for all of the 5 s would be.
    assert.ok(performance.now() - start < 2000);
    other.exec("COMMIT");
    await writing;
    assert.deepEqual(await names(db), ["a"]);
  });

  test("that is full fails with UNAVAILABLE and keeps what it has", async (t) => {
    const db = await open(t, `sqlite://${join(folder(t), "a.db")}`);
    const kysely = await db.kysely();
    await insert(db, "kept");
    const { page_count: pages } = (await db.read("PRAGMA page_count"))[0] ?? {};
    await sql`pragma max_page_count = ${sql.lit(Number(pages))}`.execute(kysely);
    const filling = kysely.transaction().execute(async (trx) => {
      for (let index = 0; index < 100; index++) {
        await trx
          .insertInto("things")
          .values({ name: `${index}`.repeat(1000) })
          .execute();
      }
    });
    await assert.rejects(filling, (error: Error & { reason?: string; cause?: { fault?: string } }) => {
      assert.equal(error.reason, "UNAVAILABLE");
      assert.equal(error.cause?.fault, "full");
      return true;
    });
    assert.deepEqual(await names(db), ["kept"]);
  });

  test("counts the changes of other connections at once", async (t) => {
    const file = join(folder(t), "a.db");
    const db = await open(t, `sqlite://${file}`);
    const other = await open(t, `sqlite://${file}`);
    for (let round = 0; round < 20; round++) {
      const before = db.changes();
      await insert(other, `${round}`);
      assert.ok(db.changes() > before);
      assert.equal((await names(db)).length, round + 1);
    }
  });

  test("is written by several threads at once without a lost update", async (t) => {
    const file = join(folder(t), "a.db");
    const db = await open(t, `sqlite://${file}`);
    await insert(db, "0");
    const script = `
      const { workerData } = require("node:worker_threads");
      (async () => {
        const { openDatabase } = await import(workerData.module);
        const db = await openDatabase(workerData.url);
        const kysely = await db.kysely();
        for (let i = 0; i < 25; i++) {
          await kysely.transaction().execute(async (trx) => {
            const { name } = await trx.selectFrom("things").select("name").executeTakeFirstOrThrow();
            await trx.updateTable("things").set({ name: String(Number(name) + 1) }).execute();
          });
        }
        await db.close();
      })();`;
    const workerData = { module: new URL("./database.ts", import.meta.url).href, url: `sqlite://${file}` };
    const workers = [1, 2, 3].map(() => new Worker(script, { eval: true, workerData }));
    const codes = await Promise.all(workers.map(async (worker) => (await once(worker, "exit"))[0] as number));
    assert.deepEqual(codes, [0, 0, 0]);
    assert.deepEqual(await names(db), ["75"]);
  });
});
