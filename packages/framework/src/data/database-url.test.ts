import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDatabaseUrl } from "./database-url.ts";

for (const [url, path] of [
  ["sqlite://./data/arcana.db", "./data/arcana.db"],
  ["sqlite:///var/lib/arcana.db", "/var/lib/arcana.db"],
  ["sqlite:arcana.db", "arcana.db"],
  ["SQLite://a%20b%3f.db", "a b?.db"],
  ["sqlite::memory:", undefined],
  ["sqlite://:memory:", undefined],
] as const) {
  test(`${url} is ${path ?? "in memory"}`, () => {
    assert.deepEqual(parseDatabaseUrl(url), { dialect: "sqlite", path });
  });
}

for (const [url, problem] of [
  ["arcana.db", /no scheme/],
  ["", /no scheme/],
  ["oracle://user:hunter2@host/db", /no driver for oracle/],
  ["sqlite://", /names no file/],
  ["sqlite://data/", /names no file/],
  ["sqlite://a.db?mode=ro", /no parameters/],
  ["sqlite://a.db#x", /no parameters/],
  ["sqlite://100%.db", /starts no escape/],
  ["sqlite://a%00.db", /NUL/],
] as const) {
  test(`${JSON.stringify(url)} is refused in words that tell what to write`, () => {
    assert.throws(() => parseDatabaseUrl(url), { name: "DatabaseError", fault: "bad_url", message: problem });
  });
}

test("the message never repeats the address, which may hold a password", () => {
  assert.throws(
    () => parseDatabaseUrl("oracle://user:hunter2@host/db"),
    (error: Error) => !error.message.includes("hunter2"),
  );
});

test("every path comes back as it was when it is percent-encoded", () => {
  const path = fc
    .string({ minLength: 1, unit: "grapheme" })
    .filter((text) => !text.endsWith("/") && !text.includes("\0") && text !== ":memory:");
  fc.assert(
    fc.property(path, (file) => parseDatabaseUrl(`sqlite://${encodeURIComponent(file)}`).path === file),
    { seed: 20260101 },
  );
});
