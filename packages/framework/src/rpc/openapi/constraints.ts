/** `buf.validate` rules as JSON Schema. What JSON Schema cannot say becomes a sentence. */
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Ignore } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { RuleValue } from "../validate/declared-rules.ts";
import { declaredRules } from "../validate/declared-rules.ts";
import type { Schema } from "./model.ts";

export interface Constraints {
  /** Keywords to add to the schema of the value's type. */
  readonly schema: Schema;
  /** What is left to say in words, a sentence each. */
  readonly notes: readonly string[];
  /** Values that are as they should be. */
  readonly examples: readonly RuleValue[];
}

const none: Constraints = { schema: {}, notes: [], examples: [] };

/** The constraints on a value. Those of list items, map keys and map values are asked for with the rules of these. */
export function constraintsOf(rules: FieldRules | undefined): Constraints {
  if (rules === undefined || rules.ignore === Ignore.ALWAYS) return none;
  const { type, single, lists } = declaredRules(rules);
  const parts: Schema[] = [];
  const notes: string[] = [];
  for (const [name, value] of single) {
    const schema = singleSchema(type, name, value);
    if (schema === undefined) notes.push(inWords(`${type}.${name}`, value));
    else parts.push(schema);
  }
  for (const [name, values] of lists) {
    const schema = listSchema(type, name, values);
    if (schema !== undefined) parts.push(schema);
  }
  notes.push(...celNotes(rules));
  return { schema: merge(isOutside(single) ? outside(parts) : parts), notes, examples: examplesOf(lists) };
}

/** What CEL rules say in words: each its message, or else its expression. */
export function celNotes({ cel, celExpression }: Pick<FieldRules, "cel" | "celExpression">): string[] {
  const texts = [...cel.map(({ message, expression }) => message || `\`${expression}\``), ...celExpression.map((text) => `\`${text}\``)];
  return texts.map((text) => `Rule: ${text}${text.endsWith(".") ? "" : "."}`);
}

function inWords(rule: string, value: RuleValue): string {
  const shown = value instanceof Uint8Array ? `0x${Buffer.from(value).toString("hex")}` : value;
  return shown === true ? `Rule: \`${rule}\`.` : `Rule: \`${rule}\` = \`${shown}\`.`;
}

type Keyword = (value: never) => Schema | undefined;

const string: Readonly<Record<string, Keyword>> = {
  len: (value: number) => ({ minLength: value, maxLength: value }),
  min_len: (value: number) => ({ minLength: value }),
  max_len: (value: number) => ({ maxLength: value }),
  pattern: (value: string) => patternSchema(value),
  prefix: (value: string) => ({ pattern: `^${escaped(value)}` }),
  suffix: (value: string) => ({ pattern: `${escaped(value)}$` }),
  contains: (value: string) => ({ pattern: escaped(value) }),
  not_contains: (value: string) => ({ not: { pattern: escaped(value) } }),
  email: () => ({ format: "email" }),
  hostname: () => ({ format: "hostname" }),
  ip: () => ({ anyOf: [{ format: "ipv4" }, { format: "ipv6" }] }),
  ipv4: () => ({ format: "ipv4" }),
  ipv6: () => ({ format: "ipv6" }),
  uri: () => ({ format: "uri" }),
  uri_ref: () => ({ format: "uri-reference" }),
  address: () => ({ anyOf: [{ format: "hostname" }, { format: "ipv4" }, { format: "ipv6" }] }),
  uuid: () => ({ format: "uuid" }),
  tuuid: () => ({ pattern: "^[0-9a-fA-F]{32}$" }),
  ulid: () => ({ pattern: "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$" }),
};

const number: Readonly<Record<string, Keyword>> = {
  lt: (value: number) => ({ exclusiveMaximum: value }),
  lte: (value: number) => ({ maximum: value }),
  gt: (value: number) => ({ exclusiveMinimum: value }),
  gte: (value: number) => ({ minimum: value }),
  // JSON has no other numbers.
  finite: () => ({}),
};

const repeated: Readonly<Record<string, Keyword>> = {
  min_items: (value: number) => ({ minItems: value }),
  max_items: (value: number) => ({ maxItems: value }),
  unique: (value: boolean) => (value ? { uniqueItems: true } : {}),
};

const map: Readonly<Record<string, Keyword>> = {
  min_pairs: (value: number) => ({ minProperties: value }),
  max_pairs: (value: number) => ({ maxProperties: value }),
};

/** Enum values have names in JSON: their rules are turned by who knows these. */
const enumeration: Readonly<Record<string, Keyword>> = { const: () => ({}), defined_only: () => ({}) };

const numeric = /^s?fixed|^[su]?int|^float$|^double$/;

function singleSchema(type: string | undefined, name: string, value: RuleValue): Schema | undefined {
  // A format that is switched off asks for nothing.
  if (value === false && name !== "const") return {};
  const own = keywordsOf(type)[name];
  if (own !== undefined) return own(value as never);
  return name === "const" && isJson(type) ? { const: value } : undefined;
}

function keywordsOf(type: string | undefined): Readonly<Record<string, Keyword>> {
  if (type === "string") return string;
  if (type === "repeated") return repeated;
  if (type === "map") return map;
  if (type === "enum") return enumeration;
  return type !== undefined && numeric.test(type) ? number : {};
}

/** Whether values of the type are written in JSON as they are. */
function isJson(type: string | undefined): boolean {
  return type === "string" || type === "bool" || (type !== undefined && numeric.test(type));
}

function listSchema(type: string | undefined, name: string, values: readonly RuleValue[]): Schema | undefined {
  if (!isJson(type)) return undefined;
  if (name === "in") return { enum: values };
  return name === "not_in" ? { not: { enum: values } } : undefined;
}

function examplesOf(lists: ReadonlyMap<string, readonly RuleValue[]>): readonly RuleValue[] {
  return (lists.get("example") ?? []).filter((value) => !(value instanceof Uint8Array));
}

/** Contracts are written for RE2, JSON Schema for ECMA-262: what both read the same is passed on. */
function patternSchema(pattern: string): Schema | undefined {
  try {
    new RegExp(pattern, "u");
    return { pattern };
  } catch {
    return undefined;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** An upper bound below the lower one means the values outside of both. */
function isOutside(rules: ReadonlyMap<string, RuleValue>): boolean {
  const upper = rules.get("lt") ?? rules.get("lte");
  const lower = rules.get("gt") ?? rules.get("gte");
  return typeof upper === "number" && typeof lower === "number" && upper < lower;
}

function outside(parts: readonly Schema[]): readonly Schema[] {
  const isBound = (part: Schema) => ["exclusiveMaximum", "maximum", "exclusiveMinimum", "minimum"].some((keyword) => keyword in part);
  return [...parts.filter((part) => !isBound(part)), { anyOf: parts.filter(isBound) }];
}

/** One schema that asks for all of them. A keyword that is already taken goes into `allOf`. */
export function merge(parts: readonly Schema[]): Schema {
  const merged: Record<string, unknown> = {};
  const more: Schema[] = [];
  for (const part of parts) {
    if (Object.keys(part).some((keyword) => keyword in merged)) more.push(part);
    else Object.assign(merged, part);
  }
  return more.length === 0 ? merged : { ...merged, allOf: more };
}
