import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { contractFixture } from "../validate/testing/contract-fixture.ts";
import { isRequired } from "./required.ts";

// What is required is known by what the validator says to an empty message.
const cases: readonly [type: string, rules: JsonObject][] = [
  ["string", { string: { minLen: "1" } }],
  ["string", { string: { maxLen: "10" } }],
  ["string", { string: { len: "2" } }],
  ["string", { string: { minBytes: "1" } }],
  ["string", { string: { pattern: "^a*$" } }],
  ["string", { string: { pattern: "^a+$" } }],
  ["string", { string: { prefix: "a" } }],
  ["string", { string: { notContains: "a" } }],
  ["string", { string: { const: "a" } }],
  ["string", { string: { const: "" } }],
  ["string", { string: { in: ["a"] } }],
  ["string", { string: { in: ["", "a"] } }],
  ["string", { string: { notIn: [""] } }],
  ["string", { string: { email: true } }],
  ["string", { string: { email: false } }],
  ["string", { string: { uuid: true } }],
  ["string", { string: { uri: true } }],
  ["string", { string: { uriRef: true } }],
  ["string", { string: { hostAndPort: true } }],
  ["string", { string: { wellKnownRegex: "KNOWN_REGEX_HTTP_HEADER_VALUE" } }],
  ["string", { string: { email: true }, ignore: "IGNORE_IF_ZERO_VALUE" }],
  ["string", { string: { email: true }, ignore: "IGNORE_ALWAYS" }],
  ["string", { required: true }],
  ["string", { required: true, ignore: "IGNORE_ALWAYS" }],
  ["optional string", { string: { minLen: "1" } }],
  ["optional string", { required: true }],
  ["bytes", { bytes: { minLen: "1" } }],
  ["bytes", { bytes: { maxLen: "1" } }],
  ["bytes", { bytes: { prefix: "AQ==" } }],
  ["int32", { int32: { gt: 0 } }],
  ["int32", { int32: { gte: 0 } }],
  ["int32", { int32: { lt: 0 } }],
  ["int32", { int32: { lte: 0 } }],
  ["int32", { int32: { lt: 5, gt: 10 } }],
  ["int32", { int32: { lt: -5, gt: 10 } }],
  ["int32", { int32: { lt: -10, gt: -5 } }],
  ["int32", { int32: { in: [1] } }],
  ["int32", { int32: { const: 0 } }],
  ["uint64", { uint64: { gte: "1" } }],
  ["double", { double: { notIn: [0] } }],
  ["bool", { bool: { const: true } }],
  ["bool", { bool: { const: false } }],
  ["Colour", { enum: { notIn: [0] } }],
  ["Colour", { enum: { definedOnly: true } }],
  ["Colour", { enum: { in: [1] } }],
  ["Colour", { enum: { const: 1 } }],
  ["optional Colour", { enum: { notIn: [0] } }],
  ["repeated string", { repeated: { minItems: "1" } }],
  ["repeated string", { repeated: { maxItems: "1" } }],
  ["repeated string", { repeated: { minItems: "1" }, ignore: "IGNORE_IF_ZERO_VALUE" }],
  ["repeated string", { required: true }],
  ["map<string, string>", { map: { minPairs: "1" } }],
  ["Within", { required: true }],
  ["Within", {}],
];
for (const [type, rules] of cases) {
  test(`${type} with ${JSON.stringify(rules)} is required where the validator says so`, () => {
    const message = contractFixture({
      package: "fixture.v1",
      enums: { Colour: { COLOUR_UNSPECIFIED: 0, COLOUR_RED: 1 } },
      messages: { Within: {}, Request: { fields: { value: { type, options: { "[buf.validate.field]": rules } } } } },
    }).message("Request");
    const [field] = message.fields;
    assert.ok(field);
    const { kind } = createValidator().validate(message, create(message));
    assert.notEqual(kind, "error");
    assert.equal(isRequired(field), kind === "invalid");
  });
}

test("fields of a message's oneof rule are not required by their own rules", () => {
  const email = { type: "string", options: { "[buf.validate.field]": { string: { email: true } } } };
  const message = contractFixture({
    package: "fixture.v1",
    messages: {
      Request: { fields: { a: email, b: email }, options: { "[buf.validate.message]": { oneof: [{ fields: ["a", "b"] }] } } },
    },
  }).message("Request");
  assert.equal(createValidator().validate(message, create(message)).kind, "valid");
  assert.deepEqual(message.fields.map(isRequired), [false, false]);
});
