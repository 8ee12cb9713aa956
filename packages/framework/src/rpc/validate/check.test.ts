import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { checkRules } from "./check.ts";
import { contractFixture } from "./testing/contract-fixture.ts";

function serviceWith(type: string, rules: JsonObject, oneof?: string) {
  const field = { type, options: { "[buf.validate.field]": rules }, ...(oneof && { oneof }) };
  return contractFixture({
    package: "fixture.v1",
    messages: {
      Request: { fields: { within: "repeated Within" } },
      Within: {
        fields: { first: { type: "string", ...(oneof && { oneof }) }, value: field },
        ...(oneof && { oneofs: { [oneof]: {} } }),
      },
    },
    services: { Things: { Do: { input: "Request", output: "Within" } } },
  }).service("Things");
}

test("rules that hold up are passed in silence", async () => {
  await checkRules([serviceWith("optional string", { string: { email: true, pattern: "^[a-z]+$" } })]);
});

const broken: readonly [name: string, type: string, rules: JsonObject, says: RegExp][] = [
  [
    "a CEL expression that does not parse",
    "string",
    { cel: [{ id: "c", expression: "this ==" }] },
    /fixture\.v1\.Within: failed to compile c/,
  ],
  ["a CEL expression over a field that is not there", "Request", { cel: [{ id: "c", expression: "this.nothing == ''" }] }, /Within/],
  ["a CEL expression that fails on some value", "string", { cel: [{ id: "c", expression: "timestamp(this) > timestamp(0)" }] }, /Within/],
  ["a pattern that RE2 does not know", "optional string", { string: { pattern: "(?=x)" } }, /Within/],
  ["a rule of another type than the field's", "int32", { string: { email: true } }, /Within: expected rule "int32", got "string"/],
];
for (const [name, type, rules, says] of broken) {
  test(`${name} is found, however deep the type lies`, async () => {
    await assert.rejects(checkRules([serviceWith(type, rules)]), says);
  });
}

test("each member of a oneof is tried", async () => {
  const rules = { cel: [{ id: "c", expression: "this ==" }] };
  await assert.rejects(checkRules([serviceWith("string", rules, "choice")]), /failed to compile c/);
});
