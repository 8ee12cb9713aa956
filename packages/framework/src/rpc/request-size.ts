/**
 * How many bytes a request can need, by its contract alone. Whoever sends more sends what no rule would let pass, and need
 * not be read: JSON of ten megabytes holds the event loop for a second before any rule is asked.
 */
import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Ignore } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { enumNames } from "./json/enum-names.ts";
import { wrappedScalar } from "./json/field-form.ts";
import type { DeclaredRules, RuleValue } from "./validate/declared-rules.ts";
import { declaredRules, fieldRulesOf } from "./validate/declared-rules.ts";

/** For what the contract does not know, such as fields of a newer version, and for whitespace. */
const slackBytes = 16 * 1024;
/** A character of ASCII, written `\u0041`. */
const escapedBytes = 6;
/** A character outside of the basic plane is one to `max_len` and two escapes in JSON. */
const characterBytes = 2 * escapedBytes;
/** The longest of numbers and booleans, in quotes: `-2.2250738585072014e-308`. */
const scalarBytes = 32;
/** Around each value: the quotes, colon and comma of JSON, or the tag and the length of protobuf. */
const framingBytes = 12;

const known = new WeakMap<DescMessage, number>();

/**
 * The most bytes of a message of the type in any encoding, JSON's worst escapes included, and 16 KiB for what the contract
 * does not know. Undefined where the contract sets no bound: a text without a longest length, a list without `max_items`,
 * a type that holds itself.
 */
export function mostMessageBytes(type: DescMessage): number | undefined {
  const bytes = known.get(type) ?? messageBytes(type, []);
  known.set(type, bytes);
  return withSlack(bytes);
}

/** The same of the field's value alone, as the body that it is bound to. */
export function mostFieldBytes(field: DescField): number | undefined {
  return withSlack(fieldBytes(field, []));
}

/** The same of a body that nothing is read from. */
export const mostUnreadBytes = slackBytes;

function withSlack(bytes: number): number | undefined {
  return bytes === Number.POSITIVE_INFINITY ? undefined : bytes + slackBytes;
}

/** `within`: the types that hold this one. */
function messageBytes(type: DescMessage, within: readonly DescMessage[]): number {
  if (within.includes(type)) return Number.POSITIVE_INFINITY;
  const inner = [...within, type];
  // Of a oneof one member comes, the longest at most.
  const members = type.members.map((member) =>
    member.kind === "oneof" ? Math.max(...member.fields.map((field) => fieldBytes(field, inner))) : fieldBytes(member, inner),
  );
  return sum(members) + framingBytes;
}

function fieldBytes(field: DescField, within: readonly DescMessage[]): number {
  const rules = fieldRulesOf(field);
  return Math.max(field.name.length, field.jsonName.length) + framingBytes + contentBytes(field, rules, within);
}

function contentBytes(field: DescField, rules: FieldRules | undefined, within: readonly DescMessage[]): number {
  switch (field.fieldKind) {
    case "list": {
      const items = rules?.type.case === "repeated" ? rules.type.value.items : undefined;
      return times(declared(rules, "max_items"), valueBytes(field, items, within));
    }
    case "map": {
      const { keys, values } = rules?.type.case === "map" ? rules.type.value : {};
      return times(declared(rules, "max_pairs"), scalarValueBytes(field.mapKey, keys) + valueBytes(field, values, within));
    }
    default:
      return valueBytes(field, rules, within);
  }
}

/** Of the field itself, or of an item where it is a list, of a value where it is a map. */
function valueBytes(field: DescField, rules: FieldRules | undefined, within: readonly DescMessage[]): number {
  if (field.enum !== undefined) return enumBytes(field.enum) + framingBytes;
  if (field.message === undefined) return scalarValueBytes(field.scalar, rules);
  // The rules of a wrapper, such as google.protobuf.StringValue, are those of the value in it.
  if (isWrapperDesc(field.message)) return scalarValueBytes(wrappedScalar(field.message), rules) + framingBytes;
  return isIgnored(rules) ? Number.POSITIVE_INFINITY : messageBytes(field.message, within);
}

/** A value by its number or by any of its names. */
function enumBytes(type: DescEnum): number {
  return Math.max(scalarBytes, ...[...enumNames(type).byName.keys()].map((name) => name.length * escapedBytes));
}

function scalarValueBytes(type: ScalarType | undefined, rules: FieldRules | undefined): number {
  if (type !== ScalarType.STRING && type !== ScalarType.BYTES) return scalarBytes;
  const active = rules === undefined || isIgnored(rules) ? undefined : declaredRules(rules);
  const bounds = type === ScalarType.STRING ? textBounds(active) : bytesBounds(active);
  return framingBytes + Math.min(Number.POSITIVE_INFINITY, ...bounds);
}

/** The lengths of texts of a form that leaves no choice. */
const formLengths: Readonly<Record<string, number>> = { uuid: 36, tuuid: 32, ulid: 26, ipv4: 15 };

/** Each of the bounds that the rules set on a text, in bytes of JSON. */
function textBounds(rules: DeclaredRules | undefined): readonly number[] {
  if (rules?.type !== "string") return [];
  const { single, lists } = rules;
  const forms = Object.entries(formLengths).filter(([name]) => single.get(name) === true);
  return [
    ...numbers(single, "max_len", "len").map((characters) => characters * characterBytes),
    ...numbers(single, "max_bytes", "len_bytes").map((bytes) => bytes * escapedBytes),
    ...forms.map(([, length]) => length * escapedBytes),
    ...longest(single, lists).map((bytes) => bytes * escapedBytes),
  ];
}

/** The same of bytes, which are base64 in JSON. */
function bytesBounds(rules: DeclaredRules | undefined): readonly number[] {
  if (rules?.type !== "bytes") return [];
  const lengths = [...numbers(rules.single, "max_len", "len"), ...longest(rules.single, rules.lists)];
  return lengths.map((bytes) => Math.ceil(bytes / 3) * 4 * escapedBytes);
}

function numbers(single: DeclaredRules["single"], ...names: readonly string[]): readonly number[] {
  return names.map((name) => single.get(name)).filter((value) => typeof value === "number");
}

/** The length in bytes of the one value that is allowed, and of the longest of a list of them. */
function longest(single: DeclaredRules["single"], lists: DeclaredRules["lists"]): readonly number[] {
  const length = (value: RuleValue): number => (typeof value === "string" || value instanceof Uint8Array ? Buffer.byteLength(value) : 0);
  const only = single.get("const");
  const among = lists.get("in");
  return [...(only === undefined ? [] : [length(only)]), ...(among === undefined ? [] : [Math.max(...among.map(length))])];
}

/** The rule's number, where it is asked at all. */
function declared(rules: FieldRules | undefined, name: "max_items" | "max_pairs"): number | undefined {
  const value = rules === undefined || isIgnored(rules) ? undefined : declaredRules(rules).single.get(name);
  return typeof value === "number" ? value : undefined;
}

function isIgnored(rules: FieldRules | undefined): boolean {
  return rules?.ignore === Ignore.ALWAYS;
}

function times(count: number | undefined, bytes: number): number {
  if (count === undefined) return Number.POSITIVE_INFINITY;
  return count === 0 ? 0 : count * bytes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
