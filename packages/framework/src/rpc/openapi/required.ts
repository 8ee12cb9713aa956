/** Whether a request must give a field a value, because leaving it unset breaks its rules. */
import type { DescField } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Ignore, message as messageOption } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { DeclaredRules, RuleValue } from "../validate/declared-rules.ts";
import { declaredRules, fieldRulesOf } from "../validate/declared-rules.ts";

/** Custom CEL rules are not looked into: a field that one of them asks for is not found. */
export function isRequired(field: DescField): boolean {
  const rules = fieldRulesOf(field);
  if (rules === undefined || rules.ignore === Ignore.ALWAYS) return false;
  if (rules.required) return true;
  return checkedWhenUnset(field, rules) && refusesZero(declaredRules(rules));
}

/** Fields that know whether they are set are checked only then; others with the zero value they have. */
function checkedWhenUnset(field: DescField, rules: FieldRules): boolean {
  const known = field.fieldKind !== "list" && field.fieldKind !== "map" && field.presence !== FeatureSet_FieldPresence.IMPLICIT;
  return !known && rules.ignore === Ignore.UNSPECIFIED && !inMessageOneof(field);
}

/** `buf.validate.message.oneof` lets the zero value of its fields pass. */
function inMessageOneof({ parent, name }: DescField): boolean {
  return hasOption(parent, messageOption) && getOption(parent, messageOption).oneof.some(({ fields }) => fields.includes(name));
}

function refusesZero({ type, single, lists }: DeclaredRules): boolean {
  const zero = type === "string" ? "" : type === "bool" ? false : 0;
  if (type === "string" && [...single].some(([name, value]) => refusesEmptyString(name, value))) return true;
  if (type === "bytes") return [...single].some(([name, value]) => refusesEmptyBytes(name, value)) || lists.has("in");
  const within = lists.get("in");
  return (
    (single.has("const") && single.get("const") !== zero) ||
    (within !== undefined && !within.includes(zero)) ||
    (lists.get("not_in")?.includes(zero) ?? false) ||
    positive(single.get("min_items") ?? single.get("min_pairs")) ||
    (typeof zero === "number" && outOfRange(single))
  );
}

const lengths = new Set(["len", "min_len", "len_bytes", "min_bytes"]);
const parts = new Set(["prefix", "suffix", "contains"]);
/** Formats and other rules that the empty string keeps. */
const keptByEmpty = new Set(["uri_ref", "well_known_regex", "strict", "max_len", "max_bytes", "not_contains", "const"]);

function refusesEmptyString(name: string, value: RuleValue): boolean {
  if (lengths.has(name)) return positive(value);
  if (parts.has(name)) return value !== "";
  if (name === "pattern") return typeof value === "string" && !matchesEmpty(value);
  return !keptByEmpty.has(name) && value === true;
}

function refusesEmptyBytes(name: string, value: RuleValue): boolean {
  if (lengths.has(name)) return positive(value);
  return (parts.has(name) || name === "const") && value instanceof Uint8Array ? value.length > 0 : value === true;
}

function matchesEmpty(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").test("");
  } catch {
    return true;
  }
}

function outOfRange(rules: ReadonlyMap<string, RuleValue>): boolean {
  const [lt, lte, gt, gte] = ["lt", "lte", "gt", "gte"].map((name) => rules.get(name));
  const tooHigh = (typeof lt === "number" && lt <= 0) || (typeof lte === "number" && lte < 0);
  const tooLow = (typeof gt === "number" && gt >= 0) || (typeof gte === "number" && gte > 0);
  const upper = lt ?? lte;
  const lower = gt ?? gte;
  // An upper bound below the lower one allows what is outside of both.
  const outside = typeof upper === "number" && typeof lower === "number" && upper < lower;
  return outside ? tooHigh && tooLow : tooHigh || tooLow;
}

function positive(value: RuleValue | undefined): boolean {
  return typeof value === "number" && value > 0;
}
