import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
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

/** A promise and the key to it: lets a test hold a transaction open for exactly as long as it wants. */
const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

for (const kind of ["file", "memory"] as const) {
  const url = (t: TestContext): string => (kind === "memory" ? "sqlite::memory:" : `sqlite://${join(folder(t), "a.db")}`);

  describe(`a database in ${kind}`, () => {
    test("keeps what a transaction wrote, and nothing of one that failed", async (t) => {
      const db = await open(t, url(t));
      const kysely = await db.kysely();
      await kysely.transaction().execute((trx) => trx.insertInto("things").values({ name: "kept" }).execute());
      const failing = kysely.transaction().execute(async (trx) => {
        await trx.insertInto("things").values({ name: "lost" }).execute();
        throw new Error("stop");
      });
      await assert.rejects(failing, /stop/);
      assert.deepEqual(await names(db), ["kept"]);
    });

    test("lets no other statement slip into an open transaction", async (t) => {
      const db = await open(t, url(t));
      const kysely = await db.kysely();
      const begun = gate();
      const finish = gate();
      const failing = kysely.transaction().execute(async (trx) => {
        await trx.insertInto("things").values({ name: "lost" }).execute();
        begun.open();
        await finish.opened;
        throw new Error("stop");
      });
      await begun.opened;
      const outside = insert(db, "kept");
      finish.open();
      await assert.rejects(failing, /stop/);
      await outside;
      assert.deepEqual(await names(db), ["kept"]);
    });

    test("never shows what is not committed", async (t) => {
      const db = await open(t, url(t));
      const kysely = await db.kysely();
      const begun = gate();
      const finish = gate();
      const writing = kysely.transaction().execute(async (trx) => {
        await trx.insertInto("things").values({ name: "new" }).execute();
        begun.open();
        await finish.opened;
      });
      await begun.opened;
      const seen: string[][] = [];
      const reading = names(db).then((rows) => seen.push(rows));
      // From a file it comes at once; from memory only when the transaction is over.
      if (kind === "file") {
        await reading;
        assert.deepEqual(seen, [[]]);
      }
      finish.open();
      await Promise.all([writing, reading]);
      assert.deepEqual(seen, [kind === "file" ? [] : ["new"]]);
      assert.deepEqual(await names(db), ["new"]);
    });

    test("runs fifty transactions at once one after the other", async (t) => {
      const db = await open(t, url(t));
      const kysely = await db.kysely();
      await insert(db, "0");
      await Promise.all(
        Array.from({ length: 50 }, () =>
          kysely.transaction().execute(async (trx) => {
            const { name } = await trx.selectFrom("things").select("name").executeTakeFirstOrThrow();
            await new Promise(setImmediate);
            await trx
              .updateTable("things")
              .set({ name: String(Number(name) + 1) })
              .execute();
          }),
        ),
      );
      assert.deepEqual(await names(db), ["50"]);
    });

    test("goes back to a savepoint, whatever its name", async (t) => {
      const db = await open(t, url(t));
      const trx = await (await db.kysely()).startTransaction().execute();
      await trx.insertInto("things").values({ name: "before" }).execute();
      const saved = await trx.savepoint('a "b').execute();
      await saved.insertInto("things").values({ name: "after" }).execute();
      await saved.rollbackToSavepoint('a "b').execute();
      const again = await saved.savepoint("c").execute();
      await again.insertInto("things").values({ name: "later" }).execute();
      await again.releaseSavepoint("c").execute();
      await trx.commit().execute();
      assert.deepEqual(await names(db), ["before", "later"]);
    });

    test("keeps a transaction that was begun by hand to itself", async (t) => {
      const db = await open(t, url(t));
      const kysely = await db.kysely();
      let outside: Promise<void> | undefined;
      await kysely.connection().execute(async (connection) => {
        await sql`begin`.execute(connection);
        await connection.insertInto("things").values({ name: "lost" }).execute();
        outside = insert(db, "kept");
        assert.deepEqual(await connection.selectFrom("things").select("name").execute(), [{ __proto__: null, name: "lost" }]);
        await sql`rollback`.execute(connection);
      });
      await outside;
      assert.deepEqual(await names(db), ["kept"]);
    });

    test("rolls back a transaction that is left open by its connection", async (t) => {
      const db = await open(t, url(t));
      await (await db.kysely()).connection().execute(async (connection) => {
        await sql`begin`.execute(connection);
        await connection.insertInto("things").values({ name: "lost" }).execute();
      });
      await insert(db, "kept");
      assert.deepEqual(await names(db), ["kept"]);
    });

    test("gives the ids of inserted rows, the count of changed ones, and the rows of RETURNING", async (t) => {
      const db = await open(t, url(t));
      const kysely = await db.kysely();
      const { insertId } = await kysely.insertInto("things").values({ name: "a" }).executeTakeFirstOrThrow();
      assert.equal(insertId, 1n);
      const returned = await kysely.insertInto("things").values({ name: "b" }).returning(["id", "name"]).executeTakeFirstOrThrow();
      assert.deepEqual({ ...returned }, { id: 2, name: "b" });
      const { numUpdatedRows } = await kysely.updateTable("things").set({ made_at: 1 }).executeTakeFirstOrThrow();
      assert.equal(numUpdatedRows, 2n);
    });

    test("runs a prepared query with new values each time", async (t) => {
      const db = await open(t, url(t));
      await insert(db, "a");
      await insert(db, "b");
      let built = 0;
      const find = db.prepare((kysely, { name, above }: { name: string; above: number }) => {
        built++;
        return kysely.selectFrom("things").select("id").where("name", "=", name).where("id", ">", above).where("made_at", "is", null);
      });
      assert.deepEqual({ ...(await find({ above: 0, name: "a" }))[0] }, { id: 1 });
      assert.deepEqual({ ...(await find({ above: 0, name: "b" }))[0] }, { id: 2 });
      assert.deepEqual(await find({ above: 5, name: "b" }), []);
      assert.equal(built, 1);
    });

    test("refuses to prepare what is built from a value, or what writes", async (t) => {
      const db = await open(t, url(t));
      const built = db.prepare((kysely, { name }: { name: string }) =>
        kysely.selectFrom("things").select("id").where("name", "=", `${name}!`),
      );
      await assert.rejects(built({ name: "a" }), /name has no value while the query is compiled/);
      const writing = db.prepare((kysely, { name }: { name: string }) => kysely.insertInto("things").values({ name }));
      await assert.rejects(writing({ name: "a" }), /only a SELECT/);
      assert.deepEqual(await names(db), []);
    });

    test("counts a change for every commit, and none for reading", async (t) => {
      const db = await open(t, url(t));
      const before = db.changes();
      await names(db);
      assert.equal(db.changes(), before);
      await insert(db, "a");
      const after = db.changes();
      assert.ok(after > before);
      await (await db.kysely()).transaction().execute((trx) => trx.insertInto("things").values({ name: "b" }).execute());
      assert.ok(db.changes() > after);
    });

    test("tells of each statement, without its parameters", async (t) => {
      const told: { sql: string; failed: boolean; timed: boolean }[] = [];
      const db = await open(t, url(t), {
        onStatement: ({ sql: text, durationMs, error }) => told.push({ sql: text, failed: error !== undefined, timed: durationMs >= 0 }),
      });
      told.length = 0;
      await insert(db, "secret");
      await assert.rejects(insert(db, "secret"));
      await names(db);
      const statement = 'insert into "things" ("name") values (?)';
      assert.deepEqual(told, [
        { sql: statement, failed: false, timed: true },
        { sql: statement, failed: true, timed: true },
        { sql: 'select "name" from "things" order by "id"', failed: false, timed: true },
      ]);
    });

    test("fails with UNAVAILABLE once it is closed, and closes twice without complaint", async (t) => {
      const db = await open(t, url(t));
      await db.close();
      await db.close();
      await assert.rejects(names(db), { reason: "UNAVAILABLE" });
      await assert.rejects(insert(db, "late"), { reason: "UNAVAILABLE" });
      assert.throws(() => db.changes(), { reason: "UNAVAILABLE" });
    });

    test("finishes the open transaction before it closes", async (t) => {
      const path = kind === "file" ? join(folder(t), "a.db") : ":memory:";
      const db = await open(t, `sqlite://${path}`);
      const begun = gate();
      const finish = gate();
      const writing = (await db.kysely()).transaction().execute(async (trx) => {
        begun.open();
        await finish.opened;
        await trx.insertInto("things").values({ name: "kept" }).execute();
      });
      await begun.opened;
      const closing = db.close();
      finish.open();
      await Promise.all([writing, closing]);
      if (kind === "file") {
        assert.deepEqual(readdirSync(join(path, "..")), ["a.db"], "the log was folded into the file");
        assert.deepEqual(await names(await open(t, `sqlite://${path}`)), ["kept"]);
      }
    });

    test("gives up with UNAVAILABLE when a transaction of its own stays open for too long", async (t) => {
      const db = await open(t, url(t), { busyTimeoutMs: 20 });
      const inner = (await db.kysely()).transaction().execute(async () => {
        // A mistake that would otherwise hang for ever: the statement does not use the transaction it stands in.
        await insert(db, "outside");
      });
      await assert.rejects(inner, { reason: "UNAVAILABLE" });
      await insert(db, "afterwards");
      assert.deepEqual(await names(db), ["afterwards"]);
    });
  });
}
