import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescField, DescMessage, JsonObject, JsonValue, Message } from "@bufbuild/protobuf";
import { create, ScalarType, toJson } from "@bufbuild/protobuf";
import { EmptySchema, hasCustomJsonRepresentation, isWrapperDesc, TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { compileEncoder, compileFieldEncoder } from "./encode.ts";
import { enumNames } from "./enum-names.ts";
import { nullIsValue } from "./field-form.ts";
import { quote } from "./quote.ts";
import { arbitraryMessage, character } from "./testing/arbitrary-message.ts";
import { anyTypes, every } from "./testing/every-kind.ts";

const encode = compileEncoder(every, anyTypes);
const written = (init: Record<string, unknown>): Record<string, unknown> => JSON.parse(encode(create(every, init)));

const longTypes: ReadonlySet<ScalarType | undefined> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** What `toJson` gave for the message, with the differences that the encoder promises. */
function promised(desc: DescMessage, json: JsonValue): JsonValue {
  if (desc.typeName === "google.protobuf.Any") return promisedAny(json as JsonObject);
  if (isWrapperDesc(desc)) return longTypes.has(desc.fields[0]?.scalar) ? asNumber(json) : json;
  if (hasCustomJsonRepresentation(desc)) return json;
  const given = json as JsonObject;
  const fields = desc.fields.filter((field) => field.name in given || field.oneof === undefined || !nullIsValue(field));
  return Object.fromEntries(fields.map((field) => [field.name, promisedField(field, given[field.name])]));
}

function promisedField(field: DescField, json: JsonValue | undefined): JsonValue {
  if (json === undefined) return null;
  if (field.fieldKind === "list") return (json as JsonValue[]).map((item) => promisedItem(field, item));
  if (field.fieldKind !== "map") return promisedItem(field, json);
  return Object.fromEntries(Object.entries(json as JsonObject).map(([key, value]) => [key, promisedItem(field, value)]));
}

function promisedItem(field: DescField, json: JsonValue): JsonValue {
  if (field.enum !== undefined && typeof json === "string") {
    const value = field.enum.values.find(({ name }) => name === json);
    return (value && enumNames(field.enum).byNumber.get(value.number)) ?? json;
  }
  if (field.message !== undefined) return promised(field.message, json);
  return longTypes.has(field.scalar) && !("longAsString" in field && field.longAsString) ? asNumber(json) : json;
}

function asNumber(json: JsonValue): JsonValue {
  return Number.isSafeInteger(Number(json)) ? Number(json) : json;
}

function promisedAny(json: JsonObject): JsonValue {
  const type = json["@type"];
  const desc = typeof type === "string" ? anyTypes.getMessage(type.slice(type.lastIndexOf("/") + 1)) : undefined;
  if (desc === undefined) return json;
  const { "@type": _, ...fields } = json;
  if (hasCustomJsonRepresentation(desc)) return { "@type": type as string, value: promised(desc, json.value as JsonValue) };
  return { "@type": type as string, ...(promised(desc, fields) as JsonObject) };
}

test("any message is written as protobuf's own encoder does, but for the promised differences", () => {
  fc.assert(
    fc.property(arbitraryMessage(every), (message) => {
      const own = toJson(every, message, { useProtoFieldName: true, alwaysEmitImplicit: true, registry: anyTypes });
      assert.deepEqual(JSON.parse(encode(message)), promised(every, own));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("a string is written as JSON.stringify writes it, and so as UTF-8 even where it is not whole", () => {
  const unit = fc.oneof(
    fc.constantFrom("\ud800", "\udfff", '"', "\\", "\u2028", "\u0001", "/", "\u007f"),
    fc.string({ unit: character, maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 60 }), (parts) => {
      const text = parts.join("");
      assert.equal(quote(text), JSON.stringify(text));
      assert.equal(Buffer.from(quote(text)).toString(), quote(text));
    }),
    { seed: 11, numRuns: 2000 },
  );
  for (const length of [29, 30, 120, 121])
    assert.equal(quote(`${"a".repeat(length - 1)}\n`), JSON.stringify(`${"a".repeat(length - 1)}\n`));
});

test("unset fields are null, zero values are written, and what is empty is written empty", () => {
  const json = written({});
  assert.equal(json.maybe_string, null);
  assert.equal(json.child, null);
  assert.equal(json.wrapped_bool, null);
  assert.equal(json.chosen_string, null);
  assert.equal(json.a_string, "");
  assert.equal(json.a_int64, 0);
  assert.equal(json.a_bool, false);
  assert.equal(json.color, "color_unspecified");
  assert.deepEqual(json.colors, []);
  assert.deepEqual(json.child_map, {});
  assert.equal("chosen_value" in json, false, "null would set it");
});

test("64-bit integers are numbers where a number holds them, unless the contract wants strings", () => {
  const json = written({ aInt64: 2n ** 53n - 1n, aUint64: 2n ** 53n, aSint64: -(2n ** 63n), longAsString: "7" });
  assert.equal(json.a_int64, 9007199254740991);
  assert.equal(json.a_uint64, "9007199254740992");
  assert.equal(json.a_sint64, "-9223372036854775808");
  assert.equal(json.long_as_string, "7");
});

test("enum values have their REST names, else their own in lower case, else their number", () => {
  assert.deepEqual(written({ colors: [1, -7, 70000, 42] }).colors, ["red", "dark-green", "color_blue", 42]);
});

test("a field of the response is written alone", () => {
  const [child] = every.fields.filter(({ name }) => name === "child");
  assert(child);
  const encodeChild = compileFieldEncoder(every, child, anyTypes);
  assert.equal(encodeChild(create(every)), "null");
  assert.equal(JSON.parse(encodeChild(create(every, { child: { aString: "x" } } as Record<string, unknown>))).a_string, "x");
  assert.throws(() => compileFieldEncoder(TimestampSchema, child), TypeError);
});

test("a message without fields is an empty object", () => {
  assert.equal(compileEncoder(EmptySchema)(create(EmptySchema)), "{}");
});

test("what JSON cannot say is refused, never written as something else", () => {
  const wrong: readonly Record<string, unknown>[] = [
    { wktTimestamp: { seconds: 253_402_300_800n } },
    { wktTimestamp: { seconds: -62_135_596_801n } },
    { wktTimestamp: { nanos: -1 } },
    { wktTimestamp: { nanos: 1_000_000_000 } },
    { wktDuration: { seconds: 315_576_000_001n } },
    { wktDuration: { seconds: 1n, nanos: -1 } },
    { wktFieldmask: { paths: ["a__b"] } },
    { wktStruct: { a: Number.NaN } },
    { wktStruct: { a: [Number.POSITIVE_INFINITY] } },
    { wktStruct: { a: undefined } },
    { wktValue: {} },
    { wktAny: { typeUrl: "type.googleapis.com/not.Known" } },
    { aString: 5 },
    { aInt32: 1.5 },
    { aInt32: 2 ** 31 },
    { aUint32: -1 },
    { aInt64: 5 },
    { aDouble: "1" },
    { aBool: 1 },
    { aBytes: "AA==" },
    { color: "red" },
    { longAsString: "seven" },
  ];
  for (const init of wrong) assert.throws(() => encode(create(every, init)), Error, JSON.stringify(Object.keys(init)));
});

test("compiling twice gives the same function, and other types for Any another one", () => {
  assert.equal(compileEncoder(every, anyTypes), encode);
  assert.notEqual(compileEncoder(every), encode);
});

test("names of a contract cannot break out of the compiled source", () => {
  const nasty = {
    ...every,
    fields: every.fields.slice(0, 1).map((field) => Object.assign(Object.create(field), { name: '"});globalThis.broken=1;(\u2028`' })),
  };
  const text = compileEncoder(nasty as unknown as DescMessage)({ $typeName: "x", aDouble: 1 } as unknown as Message);
  assert.deepEqual(JSON.parse(text), { '"});globalThis.broken=1;(\u2028`': 1 });
  assert.equal("broken" in globalThis, false);
});
