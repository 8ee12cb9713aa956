import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { SqliteConnection, toSqlValue } from "./connection.ts";

test("values come back as they were stored, dates as milliseconds and booleans as numbers", () => {
  const connection = new SqliteConnection(new DatabaseSync(":memory:"));
  const read = (value: unknown): unknown => connection.rows("SELECT ? AS value", [value])[0]?.value;
  const integer = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), integer, fc.constant(null)), (value) => {
      assert.equal(read(value), value);
    }),
    { seed: 20260101 },
  );
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => read(date) === date.getTime()),
    { seed: 20260101 },
  );
  assert.equal(read(true), 1);
  assert.equal(read(false), 0);
  assert.deepEqual(read(new Uint8Array([1, 2])), new Uint8Array([1, 2]));
  connection.close();
});

for (const value of [undefined, {}, [], Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), () => 1, Symbol("s")]) {
  test(`${String(typeof value === "object" ? JSON.stringify(value) : String(value))} is refused instead of stored as something else`, () => {
    assert.throws(() => toSqlValue(value), TypeError);
  });
}

test("more different statements than are kept still run", () => {
  const connection = new SqliteConnection(new DatabaseSync(":memory:"));
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 600; index++) assert.equal(connection.rows(`SELECT ${index} AS value`, [])[0]?.value, index);
  }
  connection.close();
});

test("a kept statement sees a table that was changed after it was prepared", () => {
  const connection = new SqliteConnection(new DatabaseSync(":memory:"));
  connection.run("CREATE TABLE things (a)", []);
  connection.run("INSERT INTO things VALUES (1)", []);
  assert.deepEqual(Object.keys(connection.rows("SELECT * FROM things", [])[0] ?? {}), ["a"]);
  connection.run("ALTER TABLE things ADD COLUMN b", []);
  assert.deepEqual(Object.keys(connection.rows("SELECT * FROM things", [])[0] ?? {}), ["a", "b"]);
  connection.close();
});
