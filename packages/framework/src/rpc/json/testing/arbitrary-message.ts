/** Arbitrary messages of any type, from its descriptor. */
import type { DescField, DescMessage, JsonObject, JsonValue, Message } from "@bufbuild/protobuf";
import { create, ScalarType } from "@bufbuild/protobuf";
import { anyPack, isWrapperDesc } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { nullIsValue } from "../field-form.ts";
import { anyTypes } from "./every-kind.ts";

/** Any character but half of a surrogate pair. */
export const character = fc.integer({ min: 0, max: 0x10ffff }).map((codePoint) => String.fromCodePoint(codePoint).toWellFormed());
const text = fc.oneof(
  fc.string({ unit: fc.oneof(character, fc.string({ minLength: 1, maxLength: 1 })), maxLength: 12 }),
  fc.constantFrom(
    "",
    '"',
    "\\",
    "\u2028\u2029",
    "\u0000\n\t\u007f",
    "__proto__",
    "é𝄞",
    "x".repeat(40),
    `${"y".repeat(40)}"`,
    "z".repeat(200),
  ),
);
/**
 * Without backslashes: V8 14.6 takes the key of `{"k":0,"\\"":0}` for the backslash of a `{"k":0,"\\\\":0}` that it
 * parsed before (https://github.com/nodejs/node/issues/63785), so that `JSON.parse` could not tell what was written.
 */
const key = fc.oneof(text, fc.constantFrom("a", "constructor", "__proto__")).map((name) => name.replaceAll("\\", "/"));
const seconds = fc.bigInt(-62_135_596_800n, 253_402_300_799n);
const nanos = fc.constantFrom(0, 1, 999_999_999, 123_000_000, 123_456_000, 500, 10);

function long(min: bigint, max: bigint): fc.Arbitrary<bigint> {
  return fc.oneof(fc.bigInt(min, max), fc.constantFrom(0n, 1n, min, max, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n));
}

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 7 });
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer(), fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return long(0n, 2n ** 64n - 1n);
    default:
      return long(-(2n ** 63n), 2n ** 63n - 1n);
  }
}

const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
})).value;
const jsonObject = fc.dictionary(key, jsonValue, { maxKeys: 3, noNullPrototype: true });

function duration(): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(fc.bigInt(0n, 315_576_000_000n), nanos, fc.boolean())
    .map(([whole, fraction, negative]) => (negative ? { seconds: -whole, nanos: 0 - fraction } : { seconds: whole, nanos: fraction }));
}

/** Arbitrary messages of the type; below `depth` levels its message fields stay unset. */
export function arbitraryMessage(desc: DescMessage, depth = 2): fc.Arbitrary<Message> {
  const init = (fields: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Message> => fields.map((value) => create(desc, value));
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return init(fc.record({ seconds, nanos }));
    case "google.protobuf.Duration":
      return init(duration());
    case "google.protobuf.FieldMask":
      return init(fc.record({ paths: fc.array(fc.constantFrom("a", "first_name", "child.first_name"), { maxLength: 3 }) }));
    case "google.protobuf.Struct":
      return fc.dictionary(key, arbitraryValue(depth - 1), { maxKeys: 2, noNullPrototype: true }).map((fields) => create(desc, { fields }));
    case "google.protobuf.Value":
      return arbitraryValue(depth - 1);
    case "google.protobuf.ListValue":
      return init(fc.record({ values: fc.array(arbitraryValue(depth - 1), { maxLength: 2 }) }));
    case "google.protobuf.Any":
      return arbitraryAny(depth - 1);
    default:
      return ordinary(desc, depth);
  }
}

function known(name: string): DescMessage {
  const desc = anyTypes.getMessage(name);
  if (desc === undefined) throw new TypeError(`no ${name}`);
  return desc;
}

function arbitraryAny(depth: number): fc.Arbitrary<Message> {
  const held = ["test.v1.Explicit", "google.protobuf.Timestamp", "google.protobuf.Int64Value", "google.protobuf.Empty"].map(known);
  const packed = held.map((desc) => arbitraryMessage(desc, depth).map((message) => anyPack(desc, message)));
  return fc.oneof(fc.constant(create(known("google.protobuf.Any"))), ...packed);
}

function arbitraryValue(depth: number): fc.Arbitrary<Message> {
  const desc = known("google.protobuf.Value");
  const kinds: fc.Arbitrary<object>[] = [
    fc.constant({ case: "nullValue", value: 0 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ case: "numberValue", value })),
    text.map((value) => ({ case: "stringValue", value })),
    fc.boolean().map((value) => ({ case: "boolValue", value })),
  ];
  if (depth > 0) {
    kinds.push(arbitraryMessage(known("google.protobuf.Struct"), depth).map((value) => ({ case: "structValue", value })));
    kinds.push(arbitraryMessage(known("google.protobuf.ListValue"), depth).map((value) => ({ case: "listValue", value })));
  }
  return fc.oneof(...kinds).map((kind) => create(desc, { kind }));
}

/** Few of its fields are set, so that the messages stay small and each field is met unset too. */
function ordinary(desc: DescMessage, depth: number): fc.Arbitrary<Message> {
  const plain = desc.fields.filter((field) => field.oneof === undefined && (depth > 0 || field.message === undefined));
  const unset = { weight: 5, arbitrary: fc.constant(undefined) };
  const model = Object.fromEntries(
    plain.map((field) => [field.localName, fc.oneof(unset, { weight: 1, arbitrary: arbitraryField(field, depth) })]),
  );
  const oneofs = Object.fromEntries(
    desc.oneofs.map((oneof) => {
      const cases = oneof.fields
        .filter((field) => depth > 0 || field.message === undefined)
        .map((field) => arbitraryItem(field, depth).map((value) => ({ case: field.localName, value })));
      return [oneof.localName, fc.oneof(fc.constant({ case: undefined }), ...cases)];
    }),
  );
  return fc.record({ ...model, ...oneofs }).map((value) => create(desc, value));
}

function arbitraryField(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") return fc.array(arbitraryItem(field, depth), { maxLength: 2 });
  if (field.fieldKind !== "map") return arbitraryItem(field, depth);
  const keys = field.mapKey === ScalarType.STRING ? key : scalar(field.mapKey).map(String);
  return fc.dictionary(keys as fc.Arbitrary<string>, arbitraryItem(field, depth), { maxKeys: 2, noNullPrototype: true });
}

function arbitraryItem(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (nullIsValue(field) && field.enum !== undefined) return fc.constant(0);
  if (field.enum !== undefined) {
    const numbers = field.enum.values.map(({ number }) => number);
    return fc.constantFrom(...numbers, ...(field.enum.open ? [3, -1] : []));
  }
  if (field.message === undefined) {
    const value = scalar(field.scalar);
    return "longAsString" in field && field.longAsString ? value.map(String) : value;
  }
  if (field.message.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value") return jsonObject;
  const wrapped = field.message.fields[0];
  if (field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(field.message) && wrapped?.scalar !== undefined) {
    return scalar(wrapped.scalar);
  }
  return arbitraryMessage(field.message, depth - 1);
}
