import assert from "node:assert/strict";
import { test } from "node:test";
import { parseName, parsePersonName } from "./person-name.ts";

test("a whole name is split at its first blank", () => {
  assert.deepEqual(parsePersonName({ name: " Test  User " }), { firstName: "Test", lastName: "User" });
  assert.deepEqual(parsePersonName({ name: "Ada King Lovelace" }), { firstName: "Ada", lastName: "King Lovelace" });
  assert.deepEqual(parsePersonName({ name: "Plato" }), { firstName: "Plato", lastName: undefined });
  assert.deepEqual(parsePersonName({ name: "  " }), { firstName: undefined, lastName: undefined });
});

test("names apart go before the whole name", () => {
  assert.deepEqual(parsePersonName({ firstName: "Ada", name: "Test User" }), { firstName: "Ada", lastName: undefined });
  assert.deepEqual(parsePersonName({ lastName: "King", name: "Test User" }), { firstName: undefined, lastName: "King" });
});

test("nobody has to have a name", () => {
  assert.deepEqual(parsePersonName({}), { firstName: undefined, lastName: undefined });
});

test("a name is trimmed, its blanks are joined, and it is written in one Unicode form", () => {
  assert.equal(parseName("first_name", "  van\t der  "), "van der");
  assert.equal(parseName("first_name", "Ju\u0308rgen"), "J\u00fcrgen");
});

test("a name may have 100 characters, counted as people count, and no controls", () => {
  assert.equal(parseName("first_name", "😀".repeat(100)), "😀".repeat(100));
  assert.throws(() => parseName("first_name", "a".repeat(101)), { reason: "VALIDATION_ERROR", message: /^first_name/ });
  assert.throws(() => parseName("last_name", "a\u0000b"), { reason: "VALIDATION_ERROR", message: /^last_name/ });
  assert.throws(() => parsePersonName({ name: `Ann ${"b".repeat(101)}` }), { reason: "VALIDATION_ERROR", message: /^name/ });
});

test("a name of any script is one, and none turns the direction of what stands around it", () => {
  for (const name of ["محمد", "דוד", "می\u200cخواهم", "Ólafur"]) assert.equal(parseName("first_name", name), name.normalize("NFC"));
  for (const turn of ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"])
    assert.throws(() => parseName("last_name", `nimda${turn}`), { reason: "VALIDATION_ERROR", message: /^last_name/ });
});
