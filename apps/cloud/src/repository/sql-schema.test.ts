import assert from "node:assert/strict";
import { test } from "node:test";
import { createMigrator, openDatabase } from "@arcana/framework/data";
import { migrations } from "../../migrations/index.ts";
import type { SessionId } from "../domain/user.ts";
import type { Schema } from "./schema.ts";
import { sqlAttemptRepository } from "./sql-attempt-repository.ts";
import { sqlSessionRepository } from "./sql-session-repository.ts";
import { sqlUserRepository } from "./sql-user-repository.ts";
import { sqlInMemory } from "./testing/sql-subject.ts";
import { at, aUser, change, creation, givenUser, hash, newUuid } from "./testing/subject.ts";

test("the migrations go up, down to nothing, and up again", async (t) => {
  const db = await openDatabase<unknown>("sqlite::memory:");
  t.after(() => db.close());
  const schema = async (): Promise<unknown[]> => {
    const rows = await db.read(
      "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'schema_%' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    return rows.map(({ name, sql }) => [name, sql]);
  };
  const migrator = createMigrator({ db, migrations });
  const names = await migrator.up();
  assert.deepEqual(names, Object.keys(migrations));
  const first = await schema();
  assert.deepEqual(await migrator.down(names.length), names.toReversed());
  assert.deepEqual(await schema(), []);
  await migrator.up();
  assert.deepEqual(await schema(), first);
});

test("deleting a user erases the password, and ends what is unique", async (t) => {
  const subject = await sqlInMemory();
  t.after(subject.close);
  const user = await givenUser(subject);
  // Even where the write carries a hash.
  await subject.users.save(change(user, { status: "deleted" }, { passwordHash: hash("second") }));
  const [row] = await subject.db.read("SELECT username_key, email_key, password_hash, deleted_at FROM users WHERE id = ?", [user.id]);
  assert.deepEqual({ ...row }, { username_key: null, email_key: null, password_hash: null, deleted_at: at(1).getTime() });
});

test("what is read one by one is found by an index, as the statements that were really sent show", async (t) => {
  const sent = new Set<string>();
  const db = await openDatabase<Schema>("sqlite::memory:", { onStatement: ({ sql }) => sent.add(sql) });
  t.after(() => db.close());
  await createMigrator({ db, migrations }).up();
  const users = sqlUserRepository(db);
  const sessions = sqlSessionRepository(db);
  const user = aUser();
  await users.save(creation(user));
  sent.clear();
  await users.find(user.id);
  await users.findByUsername(user.username);
  await users.findByEmail(user.email);
  for (const by of [{ id: user.id }, { login: user.username }, { login: user.email }]) await users.findAccount(by);
  await sessions.findLive(newUuid() as SessionId, at(0));
  await sessions.list(user.id, at(0));
  for (const whose of [{ id: user.id }, { login: user.username }, { login: user.email }]) await sessions.isKnownNetwork(whose, "192.0.2.1");
  await sessions.findToken("0");
  await sessions.purge(at(0));
  await sqlAttemptRepository(db).find("key");
  const statements = [...sent];
  assert.equal(statements.length, 14);
  for (const sql of statements) {
    const plan = await db.read(`EXPLAIN QUERY PLAN ${sql}`, sql.match(/\?/g)?.map(() => 0) ?? []);
    const scans = plan.map(({ detail }) => String(detail)).filter((detail) => detail.startsWith("SCAN"));
    assert.deepEqual(scans, [], sql);
  }
});
