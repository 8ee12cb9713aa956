import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { create, ScalarType } from "@bufbuild/protobuf";
import { unwrapped } from "./compilable.ts";
import type { Source } from "./read.ts";
import * as runtime from "./read.ts";
import { wireType, zeroLiteral } from "./scalar.ts";

/** Reads the message that ends at `end`; `depth` counts down from the recursion limit. Throws `declined`. */
export type Read = (buf: Source, pos: number, end: number, depth: number) => object;

/** The place of a type's reader: types that contain each other are linked before they are generated. */
export interface Reader {
  read: Read;
}

const readers = new WeakMap<DescMessage, Reader>();

/** The reader of a type, generated at its first use. The type must be compilable. */
export function readerOf(desc: DescMessage): Reader {
  let reader = readers.get(desc);
  if (reader === undefined) {
    reader = { read: notLinked };
    readers.set(desc, reader);
    reader.read = generateReader(desc);
  }
  return reader;
}

function notLinked(): never {
  throw new Error("a reader was called while it was generated");
}

/** Collects the types that a reader calls, and names them in its source. */
class Links {
  readonly readers: Reader[] = [];
  readonly #names = new Map<DescMessage, string>();

  call(desc: DescMessage, start: string, end: string): string {
    let name = this.#names.get(desc);
    if (name === undefined) {
      name = `link${this.readers.length}`;
      this.#names.set(desc, name);
      this.readers.push(readerOf(desc));
    }
    return `${name}.read(buf, ${start}, ${end}, depth - 1)`;
  }
}

function generateReader(desc: DescMessage): Read {
  const links = new Links();
  const cases = desc.fields.flatMap((field) => fieldCases(field, links));
  const source = `"use strict";
    const { ${Object.keys(runtime).join(", ")} } = runtime;
    ${links.readers.map((_, i) => `const link${i} = links[${i}];`).join("\n")}
    ${shapeSource(desc)}
    return function read(buf, pos, end, depth) {
      if (depth <= 0) throw declined;
      const m = new Shape();
      let v = 0, n = 0, stop = 0;
      while (pos < end) {
        let tag = buf[pos++];
        if (tag > 127) { tag = longTag(buf, pos - 1); pos = cursor.pos; }
        switch (tag) {
          ${cases.join("\n")}
          default: pos = unknown(m, known, buf, tag, pos);
        }
      }
      if (pos !== end) throw declined;
      return m;
    };`;
  const make = new Function("runtime", "links", "prototype", "known", source) as (
    helpers: typeof runtime,
    links: readonly Reader[],
    prototype: object | null,
    known: ReadonlySet<number>,
  ) => Read;
  return make(runtime, links.readers, Object.getPrototypeOf(create(desc)), new Set(desc.fields.map((field) => field.number)));
}

/**
 * The constructor of a type's messages: the own properties, their order and the prototype are what `create` gives. It
 * is called a few times with all fields set, so that V8 reserves room for absent fields inside of the object.
 */
function shapeSource(desc: DescMessage): string {
  const sample: Record<string, unknown> = { ...create(desc) };
  const own = Object.entries(sample).map(([name, value]) => `this[${JSON.stringify(name)}] = ${literal(value)};`);
  const absent = desc.members
    .filter((member) => !(member.localName in sample))
    .map((member) => `m[${JSON.stringify(member.localName)}] = undefined;`);
  return `function Shape() { ${own.join(" ")} }
    Shape.prototype = prototype;
    for (let i = 0; i < 10; i++) { const m = new Shape(); ${absent.join(" ")} }`;
}

function literal(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return "empty";
  if (Array.isArray(value)) return "[]";
  // Either a map, or a oneof, whose `case` is `undefined`.
  if (typeof value === "object") return value !== null && "case" in value ? "{ case: undefined }" : "{}";
  return JSON.stringify(value);
}

function fieldCases(field: DescField, links: Links): string[] {
  switch (field.fieldKind) {
    case "list":
      return listCases(field, links);
    case "map":
      return [tagCase(field, 2, mapEntry(field, links))];
    case "message":
      return [tagCase(field, 2, singularMessage(field, links))];
    case "enum":
      return [
        tagCase(
          field,
          0,
          scalarOf(ScalarType.INT32, "end", false, (value) => closedEnum(field, value) + assign(field, value)),
        ),
      ];
    case "scalar":
      return [
        tagCase(
          field,
          wireType(field.scalar),
          scalarOf(field.scalar, "end", field.longAsString, (value) => assign(field, value)),
        ),
      ];
  }
}

function tagCase(field: DescField, wire: number, body: string): string {
  return `case ${((field.number << 3) | wire) >>> 0}: { ${body} break; }`;
}

function property(field: { localName: string }): string {
  return `m[${JSON.stringify(field.localName)}]`;
}

function assign(field: DescField, value: string): string {
  const { oneof } = field;
  return oneof === undefined
    ? `${property(field)} = ${value};`
    : `${property(oneof)} = { case: ${JSON.stringify(field.localName)}, value: ${value} };`;
}

/** A value that a closed enum does not have belongs to the unknown fields: rare, and left to protobuf-es. */
function closedEnum(field: DescField & { fieldKind: "enum" }, value: string): string {
  if (field.enum.open) return "";
  return `switch (${value}) { ${field.enum.values.map((known) => `case ${known.number}: `).join("")} break; default: throw declined; } `;
}

/** Reads a length, and with it where the value stops. */
function length(limit: string): string {
  return `n = buf[pos++]; if (n > 127) { n = varint32(buf, pos - 1); pos = cursor.pos; } stop = pos + n; if (!(stop <= ${limit})) throw declined;`;
}

/** A message that comes twice is merged: rare, and left to protobuf-es. */
function singularMessage(field: DescField & { fieldKind: "message" }, links: Links): string {
  const wrapped = unwrapped(field);
  const present =
    field.oneof === undefined ? `${property(field)} !== undefined` : `${property(field.oneof)}.case === ${JSON.stringify(field.localName)}`;
  const value = links.call(field.message, "pos", "stop") + (wrapped === undefined ? "" : `[${JSON.stringify(wrapped.localName)}]`);
  return `${length("end")} if (${present}) throw declined; ${assign(field, value)} pos = stop;`;
}

function listCases(field: DescField & { fieldKind: "list" }, links: Links): string[] {
  const push = (value: string) => `${property(field)}.push(${value});`;
  if (field.listKind === "message") {
    return [tagCase(field, 2, `${length("end")} ${push(links.call(field.message, "pos", "stop"))} pos = stop;`)];
  }
  const scalar = field.listKind === "enum" ? ScalarType.INT32 : field.scalar;
  const asString = field.listKind === "scalar" && field.longAsString;
  const single = tagCase(field, wireType(scalar), scalarOf(scalar, "end", asString, push));
  if (wireType(scalar) === 2) return [single];
  // Readers take packed and unpacked lists alike, whatever the descriptor says.
  const add = (value: string) => `items.push(${value});`;
  const packed = `${length("end")} const items = ${property(field)}; const last = stop;
    while (pos < last) { ${scalarOf(scalar, "last", asString, add)} } if (pos !== last) throw declined;`;
  return [single, tagCase(field, 2, packed)];
}

/** An entry is a message of key (1) and value (2). What is not one of these, or comes twice, is left to protobuf-es. */
function mapEntry(field: DescField & { fieldKind: "map" }, links: Links): string {
  const scalar = field.mapKind === "enum" ? ScalarType.INT32 : field.scalar;
  const readKey = scalarOf(field.mapKey, "last", false, (value) => `key = ${value};`);
  const readValue =
    field.mapKind === "message"
      ? `${length("last")} if (value !== undefined) throw declined; value = ${links.call(field.message, "pos", "stop")}; pos = stop;`
      : scalarOf(scalar as ScalarType, "last", false, (value) => `value = ${value};`);
  const valueWire = field.mapKind === "message" ? 2 : wireType(scalar as ScalarType);
  return `${length("end")} const last = stop; let key, value;
    while (pos < last) switch (buf[pos++]) {
      case ${(1 << 3) | wireType(field.mapKey)}: { ${readKey} break; }
      case ${(2 << 3) | valueWire}: { ${readValue} break; }
      default: throw declined;
    }
    if (pos !== last || key === "__proto__") throw declined;
    if (key === undefined) key = ${zeroLiteral(field.mapKey)};
    if (value === undefined) value = ${mapDefault(field, links)};
    ${property(field)}[key] = value;`;
}

function mapDefault(field: DescField & { fieldKind: "map" }, links: Links): string {
  if (field.mapKind === "message") return links.call(field.message, "last", "last");
  if (field.mapKind === "enum") return String(field.enum.values[0]?.number ?? 0);
  return zeroLiteral(field.scalar);
}

/** Reads one value that must stop at `limit` or before, and gives the expression of it to `use`. */
function scalarOf(scalar: ScalarType, limit: string, longAsString: boolean, use: (value: string) => string): string {
  const long = (value: string) => use(longAsString ? `String(${value})` : value);
  const varint = (value: string) => `v = buf[pos++]; if (v > 127) { v = varint32(buf, pos - 1); pos = cursor.pos; } ${use(value)}`;
  const varint64 = (helper: string) => `const w = ${helper}(buf, pos); pos = cursor.pos; ${long("w")}`;
  const fixed = (size: number, value: string) => `if (pos + ${size} > ${limit}) throw declined; ${value} pos += ${size};`;
  switch (scalar) {
    case ScalarType.STRING:
      return `${length(limit)} ${use("text(buf, pos, stop)")} pos = stop;`;
    case ScalarType.BYTES:
      return `${length(limit)} ${use("bytes(buf, pos, stop)")} pos = stop;`;
    case ScalarType.BOOL:
      return `v = buf[pos++]; if (v > 127) { v = longBool(buf, pos - 1); pos = cursor.pos; } ${use("v !== 0")}`;
    case ScalarType.INT32:
      return varint("(v | 0)");
    case ScalarType.UINT32:
      return varint("v");
    case ScalarType.SINT32:
      return varint("((v >>> 1) ^ -(v & 1))");
    case ScalarType.INT64:
      return varint64("int64");
    case ScalarType.UINT64:
      return varint64("uint64");
    case ScalarType.SINT64:
      return varint64("sint64");
    case ScalarType.FIXED32:
      return fixed(4, use("fixed32(buf, pos)"));
    case ScalarType.SFIXED32:
      return fixed(4, use("sfixed32(buf, pos)"));
    case ScalarType.FLOAT:
      return fixed(4, use("float(buf, pos)"));
    case ScalarType.DOUBLE:
      return fixed(8, use("float64(buf, pos)"));
    case ScalarType.FIXED64:
      return fixed(8, long("fixed64(buf, pos)"));
    case ScalarType.SFIXED64:
      return fixed(8, long("sfixed64(buf, pos)"));
  }
}
