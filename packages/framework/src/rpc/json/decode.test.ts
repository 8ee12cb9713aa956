import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { create, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { StringValueSchema, StructSchema, TimestampSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { ArcanaError } from "../../error/index.ts";
import type { DecoderOptions } from "./decode.ts";
import { compileDecoder } from "./decode.ts";
import { compileEncoder } from "./encode.ts";
import { arbitraryMessage } from "./testing/arbitrary-message.ts";
import { anyTypes, every } from "./testing/every-kind.ts";

const decode = compileDecoder(every, { types: anyTypes });
const encode = compileEncoder(every, anyTypes);

function violationsOf(json: unknown, options: DecoderOptions = { types: anyTypes }): readonly (readonly [string, string])[] {
  try {
    compileDecoder(every, options)(json);
  } catch (error) {
    assert(error instanceof ArcanaError, String(error));
    assert.equal(error.reason, "INVALID_ARGUMENT");
    assert.equal(error.http, 400);
    for (const { message } of error.violations) assert.match(message, /^(?:must|is|cannot) /);
    return error.violations.map(({ field, code }) => [field, code] as const);
  }
  return [];
}

test("what protobuf's own encoder wrote is read as its own decoder reads it, by either names", () => {
  fc.assert(
    fc.property(arbitraryMessage(every), fc.boolean(), fc.boolean(), (message, useProtoFieldName, alwaysEmitImplicit) => {
      const json = toJson(every, message, { useProtoFieldName, alwaysEmitImplicit, registry: anyTypes });
      assert.deepEqual(decode(json), fromJson(every, json, { registry: anyTypes }));
    }),
    { seed: 12, numRuns: 200 },
  );
});

test("what our encoder wrote comes back as the same message", () => {
  fc.assert(
    fc.property(arbitraryMessage(every), (message) => {
      const back = decode(JSON.parse(encode(message)));
      forgetNulls(message, back);
      assert.deepEqual(back, message);
    }),
    { seed: 13, numRuns: 200 },
  );
});

/** The exception: an unset field of the type Value is written as null, which sets it. */
function forgetNulls(sent: unknown, back: unknown): void {
  if (typeof sent !== "object" || typeof back !== "object" || sent === null || back === null) return;
  const [from, to] = [sent, back] as [Record<string, unknown>, Record<string, unknown>];
  if (from.$typeName === every.typeName && from.wktValue === undefined) delete to.wktValue;
  for (const key of Object.keys(from)) forgetNulls(from[key], to[key]);
}

test("a value of any kind in any field is read as protobuf's decoder reads it, or refused where that may be doubted", () => {
  const odd: fc.Arbitrary<JsonValue> = fc.oneof(
    fc.constantFrom<JsonValue>(null, true, "true", "", " 1", "1", "1.0", "1e2", "-0", "01", "0x1f", "1.5", "NaN", "Infinity", "1e400"),
    fc.constantFrom<JsonValue>(0, -0, 1, -1, 1.5, 1e10, 2 ** 31, 2 ** 32, 2 ** 53, 1e19, 3.5e38, 1e300),
    fc.constantFrom<JsonValue>("9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616"),
    fc.constantFrom<JsonValue>(
      "AA==",
      "AA",
      "A",
      "-_8",
      "+/8=",
      "A===",
      "AAA A",
      "2026-01-31T12:00:00Z",
      "2026-01-31T12:00:00.5+01:00",
      "1.5s",
      "-0.000000001s",
      "s",
    ),
    fc.constantFrom<JsonValue>("COLOR_RED", "NULL_VALUE", "firstName,child", "\ud800", 70000, 42),
    fc.constantFrom<JsonValue>([], [null], [1, "2"], {}, { a: 1 }, { "1": "x" }, { true: "x" }, { "01": 1 }, [[]], { "@type": "x" }),
  );
  const names = every.fields.map(({ name }) => name);
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...names), odd, (name, value) => {
      const json = { [name]: value };
      const theirs = attempt(() => fromJson(every, json, { registry: anyTypes }));
      const ours = attempt(() => compileDecoder(every, { types: anyTypes, strict: true })(json));
      if (ours === undefined) {
        assert(theirs === undefined || /_null|fieldmask/.test(name) || doubtful(value), `refused ${JSON.stringify(json)}`);
        return;
      }
      taken++;
      if (theirs !== undefined) assert.deepEqual(plainZero(ours), plainZero(theirs));
      else assert(moreThanTheirs(name, value), `took ${JSON.stringify(json)}`);
    }),
    { seed: 14, numRuns: 6000 },
  );
  assert(taken > 500);
});

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** What protobuf-es takes and we do not, beside other numbers for null and paths that no field can have: inexact 64-bit numbers, numbers that JSON's grammar does not have, loose base64, text that is not whole. */
function doubtful(value: JsonValue): boolean {
  if (typeof value === "object" && value !== null) return Object.entries(value).some(([key, item]) => key === "01" || doubtful(item));
  if (typeof value === "number") return !Number.isSafeInteger(value);
  return typeof value === "string" && ["\ud800", " 1", "01", "0x1f", "A===", "AAA A", "1e400"].includes(value);
}

/** What we take and protobuf-es does not: the names of this API in a field mask. */
function moreThanTheirs(name: string, value: JsonValue): boolean {
  return name.includes("fieldmask") && typeof value === "string";
}

/** For integers -0 is 0 to us. */
function plainZero(message: object): object {
  return JSON.parse(JSON.stringify(message, (_, value) => (typeof value === "bigint" ? `${value}n` : value === "-0" ? "0" : value)));
}

test("null means unset, in every field", () => {
  const json = Object.fromEntries(every.fields.filter(({ oneof }) => oneof === undefined).map(({ name }) => [name, null]));
  const { wktValue, ...rest } = decode(json) as unknown as Record<string, unknown>;
  assert.deepEqual(rest, { ...create(every) });
  assert.equal(JSON.stringify(wktValue), JSON.stringify(fromJson(ValueSchema, null)), "for a Value null is a value");
});

test("enum values are read by REST name, own name and number", () => {
  const colors = decode({ colors: ["red", "COLOR_RED", 1, "dark-green", "color_blue", 42] }) as unknown as { colors: number[] };
  assert.deepEqual(colors.colors, [1, 1, 1, -7, 70000, 42]);
  assert.deepEqual(violationsOf({ color: "RED" }), [["color", "type.enum"]]);
  assert.deepEqual(violationsOf({ explicit: { size: 3 } }), [["explicit.size", "type.enum"]], "a closed enum has no other numbers");
});

test("every wrong field is named with its path", () => {
  const json = {
    a_string: 5,
    aInt32: 1.5,
    child: { a_bool: "yes", children: [{}, { a_uint32: -1 }], wkt_timestamp: "yesterday" },
    list_of_int32: [1, "x", null],
    int32_map: { a: 1, 'b"': "x" },
    string_by_int32: { "1": "x", one: "x" },
    colors: ["red", "pink"],
    wrapped_bytes: "§",
    wkt_struct: [],
  };
  assert.deepEqual(violationsOf(json), [
    ["a_string", "type.string"],
    ["a_int32", "type.int32"],
    ["child.a_bool", "type.bool"],
    ["child.children[1].a_uint32", "type.uint32"],
    ["child.wkt_timestamp", "type.timestamp"],
    ["list_of_int32[1]", "type.int32"],
    ["list_of_int32[2]", "null_item"],
    ['int32_map["b\\""]', "type.int32"],
    ['string_by_int32["one"]', "type.map_key"],
    ["colors[1]", "type.enum"],
    ["wrapped_bytes", "type.bytes"],
    ["wkt_struct", "type.object"],
  ]);
});

test("the number of violations is bounded, however many there are", () => {
  assert.equal(violationsOf({ list_of_int32: new Array(10_000).fill("x") }).length, 32);
});

test("the error says in its message what is wrong first", () => {
  assert.throws(() => decode({ a_string: 5 }), { message: "a_string must be a string" });
  assert.throws(() => decode({ a_string: 5, a_bool: 5, color: [] }), { message: "a_string must be a string, and 2 more" });
  assert.throws(() => decode([]), { message: "the request must be an object" });
});

test("unknown fields are ignored, or refused where the decoder is strict", () => {
  assert.deepEqual(decode({ nope: 1, a_string: "x" }), decode({ a_string: "x" }));
  assert.deepEqual(violationsOf({ nope: 1, child: { nor_this: 2 } }, { strict: true }), [
    ['["nope"]', "unknown_field"],
    ['child["nor_this"]', "unknown_field"],
  ]);
});

test("a field given under both of its names is refused, as is a second member of a oneof", () => {
  assert.deepEqual(violationsOf({ a_string: "x", aString: "y" }), [["a_string", "duplicate_field"]]);
  assert.deepEqual(violationsOf({ renamed_in_json: "x", anotherName: null }), [["renamed_in_json", "duplicate_field"]]);
  assert.deepEqual(violationsOf({ chosen_string: "x", chosen_int64: 1 }), [["chosen_int64", "oneof"]]);
  assert.deepEqual(violationsOf({ chosen_string: "x", chosen_int64: null }), []);
});

test("64-bit integers keep every digit or are refused", () => {
  assert.equal((decode({ a_int64: "-9223372036854775808" }) as unknown as { aInt64: bigint }).aInt64, -(2n ** 63n));
  assert.deepEqual(violationsOf({ a_int64: 2 ** 53 }), [["a_int64", "type.int64"]]);
  assert.deepEqual(violationsOf({ a_uint64: -1 }), [["a_uint64", "type.uint64"]]);
  assert.deepEqual(violationsOf({ a_int64: "9".repeat(100_000) }), [["a_int64", "type.int64"]]);
});

test("bytes are read from both alphabets of base64, and never share memory", () => {
  const bytes = (text: string) => (decode({ a_bytes: text }) as unknown as { aBytes: Uint8Array }).aBytes;
  for (const text of ["+/+/AQ==", "-_-_AQ==", "-_-_AQ"]) assert.deepEqual(bytes(text), new Uint8Array([251, 255, 191, 1]));
  assert.equal(bytes("AQ==").buffer.byteLength, 1);
  for (const text of ["A", "AQ=", "AQ===", "=", "A+-A", "AQ==AQ==", "A Q="])
    assert.deepEqual(violationsOf({ a_bytes: text }), [["a_bytes", "type.bytes"]], text);
});

test("nesting has a limit, in messages, in structures and in what an Any holds", () => {
  const nested = (levels: number, key: string, core: JsonValue): JsonObject => {
    let json: JsonValue = core;
    for (let level = 0; level < levels; level++) json = { [key]: json };
    return json as JsonObject;
  };
  assert.deepEqual(violationsOf(nested(99, "child", {})), []);
  assert.equal(violationsOf(nested(100, "child", {}))[0]?.[1], "depth");
  assert.equal(violationsOf(nested(50_000, "child", {}))[0]?.[1], "depth");
  assert.equal(violationsOf({ wkt_struct: nested(50_000, "a", 1) })[0]?.[1], "depth");
  assert.equal(violationsOf({ wkt_value: JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) })[0]?.[1], "depth");
});

test("keys that name parts of every object are data like others", () => {
  const json = JSON.parse(
    '{"__proto__":{"a_string":"x"},"string_map":{"__proto__":"y","constructor":"z"},"wkt_struct":{"__proto__":{"polluted":1}}}',
  );
  const message = decode(json) as unknown as { aString: string; stringMap: Record<string, string>; wktStruct: Record<string, unknown> };
  assert.equal(message.aString, "");
  assert.deepEqual(Object.entries(message.stringMap), [
    ["__proto__", "y"],
    ["constructor", "z"],
  ]);
  assert.equal(Object.getPrototypeOf(message.stringMap), Object.prototype);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal((decode({ constructor: "x" }) as unknown as Record<string, unknown>).constructor$, "x");
  assert.equal((decode({ toString: "x", valueOf: 1 }) as object).toString, Object.prototype.toString);
});

test("half of a surrogate pair is refused wherever text is", () => {
  for (const json of [
    { a_string: "\ud800" },
    { string_map: { "\udc00": "x" } },
    { wkt_struct: { a: ["\ud800"] } },
    { wkt_struct: { "\ud800": 1 } },
  ]) {
    assert.equal(violationsOf(json).length, 1, JSON.stringify(json));
  }
});

test("an Any holds the types it was given, and no others", () => {
  const message = decode({ wkt_any: { "@type": "x/google.protobuf.Timestamp", value: "2026-01-31T00:00:00Z" } }) as unknown as {
    wktAny: { typeUrl: string };
  };
  assert.equal(message.wktAny.typeUrl, "x/google.protobuf.Timestamp");
  assert.deepEqual(violationsOf({ wkt_any: { "@type": "x/not.Known" } }), [["wkt_any", "type.any"]]);
  assert.deepEqual(violationsOf({ wkt_any: { "@type": "x/google.protobuf.Timestamp", value: "2026-01-31T00:00:00Z" } }, {}), [
    ["wkt_any", "type.any"],
  ]);
});

test("what is read is an ordinary message, which protobuf's own code takes", () => {
  const message = decode({ a_string: "x", explicit: { text: "" }, wkt_struct: { a: [1] }, chosen_wrapped_bool: true });
  assert.deepEqual(fromJson(every, toJson(every, message)), message);
  assert(toBinary(every, message).length > 0);
  assert.equal(Object.hasOwn((message as unknown as { explicit: object }).explicit, "text"), true);
  assert.equal(Object.hasOwn((message as unknown as { explicit: object }).explicit, "count"), false);
});

test("well-known types may be the whole of a request", () => {
  assert.deepEqual(compileDecoder(TimestampSchema)("2026-01-31T00:00:00Z"), create(TimestampSchema, { seconds: 1769817600n }));
  assert.deepEqual(compileDecoder(StringValueSchema)("x"), create(StringValueSchema, { value: "x" }));
  assert.deepEqual(compileDecoder(StructSchema)({ a: null }), fromJson(StructSchema, { a: null }));
});
