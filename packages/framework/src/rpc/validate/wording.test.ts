import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { ArcanaError } from "../../error/index.ts";
import { contractFixture } from "./testing/contract-fixture.ts";
import { loadValidate } from "./validator.ts";

/** What the validator says of the value, by the rules. */
async function said(type: string, rules: JsonObject, value: unknown): Promise<string | undefined> {
  const options = { "[buf.validate.field]": rules };
  const message = contractFixture({ package: "wording.v1", messages: { Thing: { fields: { it: { type, options } } } } }).message("Thing");
  const validate = await loadValidate();
  try {
    validate(message, create(message, { it: value } as never));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ArcanaError);
    return error.violations[0]?.message;
  }
}

test("what must have one at least must not be empty", async () => {
  const texts = "repeated string";
  assert.equal(await said("string", { string: { minLen: "1" } }, ""), "must not be empty");
  assert.equal(await said("string", { string: { minBytes: "1" } }, ""), "must not be empty");
  assert.equal(await said("bytes", { bytes: { minLen: "1" } }, new Uint8Array()), "must not be empty");
  assert.equal(await said(texts, { repeated: { minItems: "1" } }, []), "must not be empty");
  assert.equal(await said("map<string, string>", { map: { minPairs: "1" } }, {}), "must not be empty");
});

test("one is counted as one, and many as many", async () => {
  const texts = "repeated string";
  assert.equal(await said("string", { string: { maxLen: "1" } }, "ab"), "must be at most 1 character");
  assert.equal(await said("string", { string: { len: "1" } }, "ab"), "must be 1 character");
  assert.equal(await said("string", { string: { maxLen: "11" } }, "a".repeat(12)), "must be at most 11 characters");
  assert.equal(await said("string", { string: { minLen: "11" } }, "a"), "must be at least 11 characters");
  assert.equal(await said("bytes", { bytes: { maxLen: "1" } }, new Uint8Array(2)), "must be at most 1 byte");
  assert.equal(await said(texts, { repeated: { maxItems: "1" } }, ["a", "b"]), "must contain no more than 1 item");
  assert.equal(await said(texts, { repeated: { minItems: "2" } }, ["a"]), "must contain at least 2 items");
  assert.equal(await said("map<string, string>", { map: { maxPairs: "1" } }, { a: "a", b: "b" }), "must have at most 1 entry");
});

test("the contract's own texts stay as they are", async () => {
  const cel = [{ id: "own", message: "at least 1 characters", expression: "this != ''" }];
  assert.equal(await said("string", { cel }, ""), "at least 1 characters");
});
