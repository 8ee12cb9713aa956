import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { fromJson } from "@bufbuild/protobuf";
import { FieldRulesSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { constraintsOf } from "./constraints.ts";
import type { Schema } from "./model.ts";

const schemaCases: readonly [rules: JsonObject, schema: Schema][] = [
  [{ string: { minLen: "3", maxLen: "64" } }, { minLength: 3, maxLength: 64 }],
  [{ string: { maxLen: "0" } }, { maxLength: 0 }],
  [{ string: { len: "5" } }, { minLength: 5, maxLength: 5 }],
  [{ string: { const: "" } }, { const: "" }],
  [{ string: { pattern: "^[a-z]+$" } }, { pattern: "^[a-z]+$" }],
  [{ string: { prefix: "a.b", suffix: "$" } }, { pattern: "^a\\.b", allOf: [{ pattern: "\\$$" }] }],
  [{ string: { notContains: "/" } }, { not: { pattern: "\\/" } }],
  [{ string: { in: ["a", "b"], notIn: ["c"] } }, { enum: ["a", "b"], not: { enum: ["c"] } }],
  [{ string: { email: true } }, { format: "email" }],
  [{ string: { email: false } }, {}],
  [{ string: { uuid: true } }, { format: "uuid" }],
  [{ string: { uri: true } }, { format: "uri" }],
  [{ string: { uriRef: true } }, { format: "uri-reference" }],
  [{ string: { hostname: true } }, { format: "hostname" }],
  [{ string: { ip: true } }, { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] }],
  [{ int32: { gte: 0, lte: 100 } }, { minimum: 0, maximum: 100 }],
  [{ double: { gt: 0, lt: 1.5, finite: true } }, { exclusiveMinimum: 0, exclusiveMaximum: 1.5 }],
  [{ int64: { gt: "10" } }, { exclusiveMinimum: 10 }],
  [{ int32: { lt: 0, gt: 10 } }, { anyOf: [{ exclusiveMaximum: 0 }, { exclusiveMinimum: 10 }] }],
  [{ uint32: { in: [1, 2], notIn: [3] } }, { enum: [1, 2], not: { enum: [3] } }],
  [{ bool: { const: true } }, { const: true }],
  [{ repeated: { minItems: "1", maxItems: "3", unique: true } }, { minItems: 1, maxItems: 3, uniqueItems: true }],
  [{ map: { minPairs: "1", maxPairs: "2" } }, { minProperties: 1, maxProperties: 2 }],
  [{ ignore: "IGNORE_ALWAYS", string: { minLen: "1" } }, {}],
];
for (const [rules, schema] of schemaCases) {
  test(`${JSON.stringify(rules)} becomes ${JSON.stringify(schema)}`, () => {
    const constraints = constraintsOf(fromJson(FieldRulesSchema, rules));
    assert.deepEqual(constraints.schema, schema);
    assert.deepEqual(constraints.notes, []);
  });
}

const noteCases: readonly [rules: JsonObject, notes: string[]][] = [
  [{ string: { pattern: "(?i)^[a-z]+$" } }, ["Rule: `string.pattern` = `(?i)^[a-z]+$`."]],
  [{ string: { maxBytes: "16" } }, ["Rule: `string.max_bytes` = `16`."]],
  [{ string: { hostAndPort: true } }, ["Rule: `string.host_and_port`."]],
  [{ bytes: { prefix: "AQI=" } }, ["Rule: `bytes.prefix` = `0x0102`."]],
  [{ timestamp: { gtNow: true } }, ["Rule: `timestamp.gt_now`."]],
  [{ cel: [{ id: "a", message: "must be even", expression: "this % 2 == 0" }] }, ["Rule: must be even."]],
  [{ cel: [{ id: "a", expression: "this > 1" }], celExpression: ["this < 9"] }, ["Rule: `this > 1`.", "Rule: `this < 9`."]],
];
for (const [rules, notes] of noteCases) {
  test(`${JSON.stringify(rules)} is said in words`, () => {
    const constraints = constraintsOf(fromJson(FieldRulesSchema, rules));
    assert.deepEqual(constraints.notes, notes);
    assert.deepEqual(constraints.schema, {});
  });
}

test("the contract's examples are passed on", () => {
  const { examples } = constraintsOf(fromJson(FieldRulesSchema, { string: { minLen: "1", example: ["ada", "grace"] } }));
  assert.deepEqual(examples, ["ada", "grace"]);
});

test("a field without rules has no constraints", () => {
  assert.deepEqual(constraintsOf(undefined), { schema: {}, notes: [], examples: [] });
});
