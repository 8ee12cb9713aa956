import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSessionId, parseUserId } from "./id.ts";

const id = "0192d3a0-7c1e-7b3a-8f00-0000000000ab";

test("an id is a UUID, read in lower case", () => {
  assert.equal(parseUserId(id.toUpperCase()), id);
  assert.equal(parseSessionId(id), id);
});

test("what is no UUID is refused as an argument of the wrong form", () => {
  for (const text of [
    "",
    "7",
    id.slice(1),
    `${id}0`,
    id.replaceAll("-", ""),
    ` ${id}`,
    `${id}\n`,
    id.replace("7", "g"),
    "../../etc/passwd",
  ]) {
    assert.throws(() => parseUserId(text), { reason: "INVALID_ARGUMENT", http: 400 }, text);
    assert.throws(() => parseSessionId(text), { reason: "INVALID_ARGUMENT" }, text);
  }
});
