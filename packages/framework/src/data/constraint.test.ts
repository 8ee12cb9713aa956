import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { violatedUnique } from "./constraint.ts";

function refusal(statements: string): unknown {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(
      "CREATE TABLE users (id text primary key, email_key text, age integer check (age > 0)); CREATE UNIQUE INDEX e ON users (email_key)",
    );
    database.exec(statements);
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
  return undefined;
}

test("a broken unique index of SQLite is told by table and column", () => {
  const insert = (id: string, key: string): string => `INSERT INTO users VALUES ('${id}', '${key}', 1);`;
  assert.equal(violatedUnique(refusal(insert("1", "a") + insert("2", "a")), "sqlite"), "users.email_key");
  assert.equal(violatedUnique(refusal(insert("1", "a") + insert("1", "b")), "sqlite"), "users.id");
});

test("other errors are none of it", () => {
  assert.equal(violatedUnique(refusal("INSERT INTO users VALUES ('1', 'a', 0)"), "sqlite"), undefined);
  assert.equal(violatedUnique(refusal("INSERT INTO nothing VALUES (1)"), "sqlite"), undefined);
  assert.equal(violatedUnique(new Error("UNIQUE constraint failed: users.id"), "sqlite"), undefined);
  assert.equal(violatedUnique("text", "mysql"), undefined);
});

test("MySQL and PostgreSQL tell the index by its name", () => {
  const mysql = Object.assign(new Error("Duplicate entry 'a' for key 'users.users_email_key'"), { code: "ER_DUP_ENTRY" });
  assert.equal(violatedUnique(mysql, "mysql"), "users.users_email_key");
  const postgres = Object.assign(new Error("duplicate key value"), { code: "23505", constraint: "users_email_key" });
  assert.equal(violatedUnique(postgres, "postgres"), "users_email_key");
  assert.equal(violatedUnique(Object.assign(new Error("other"), { code: "23503", constraint: "users_email_key" }), "postgres"), undefined);
});
