import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { create, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { unwrapped } from "./compilable.ts";
import { wireType } from "./scalar.ts";
import type { Target } from "./write.ts";
import * as runtime from "./write.ts";

/** Writes the message at `pos` and returns the position after it, which lies beyond the buffer if it did not fit. Throws `declined`. */
export type Write = (message: object, buf: Target, pos: number) => number;

/** The place of a type's writer: types that contain each other are linked before they are generated. */
export interface Writer {
  write: Write;
}

const writers = new WeakMap<DescMessage, Writer>();

/** The writer of a type, generated at its first use. The type must be compilable. */
export function writerOf(desc: DescMessage): Writer {
  let writer = writers.get(desc);
  if (writer === undefined) {
    writer = { write: notLinked };
    writers.set(desc, writer);
    writer.write = generateWriter(desc);
  }
  return writer;
}

function notLinked(): never {
  throw new Error("a writer was called while it was generated");
}

/** Collects what a writer's source refers to: the types that it calls, and the lengths it has learnt to expect. */
class Links {
  readonly writers: Writer[] = [];
  readonly #names = new Map<DescMessage, string>();
  #lengths = 0;

  name(desc: DescMessage): string {
    let name = this.#names.get(desc);
    if (name === undefined) {
      name = `link${this.writers.length}`;
      this.#names.set(desc, name);
      this.writers.push(writerOf(desc));
    }
    return name;
  }

  reserved(): string {
    return `reserved${this.#lengths++}`;
  }

  declarations(): string {
    const links = this.writers.map((_, i) => `const link${i} = links[${i}];`);
    const lengths = Array.from({ length: this.#lengths }, (_, i) => `let reserved${i} = 1;`);
    return [...links, ...lengths].join("\n");
  }
}

function generateWriter(desc: DescMessage): Write {
  const links = new Links();
  const fields = desc.fields.toSorted((a, b) => a.number - b.number).map((field) => fieldSource(field, links));
  const source = `"use strict";
    const { ${Object.keys(runtime).join(", ")} } = runtime;
    const hasOwn = Object.hasOwn;
    ${links.declarations()}
    return function write(m, buf, pos) {
      ${guard(desc)}
      let v, start = 0;
      ${fields.join("\n")}
      if (m.$unknown !== undefined) pos = unknown(buf, pos, m.$unknown);
      return pos;
    };`;
  const make = new Function("runtime", "links", "prototype", source) as (
    helpers: typeof runtime,
    links: readonly Writer[],
    prototype: object | null,
  ) => Write;
  return make(runtime, links.writers, Object.getPrototypeOf(create(desc)));
}

/** Messages of another type are refused, unless there is nothing to write; and presence is told by own properties. */
function guard(desc: DescMessage): string {
  if (desc.fields.length === 0) return "";
  const type = `if (m.$typeName !== ${JSON.stringify(desc.typeName)}) throw declined;`;
  const inherits = desc.fields.some(isExplicit) && !usesPrototype(desc);
  return inherits ? `${type} if (Object.getPrototypeOf(m) !== prototype) throw declined;` : type;
}

function isExplicit(field: DescField): boolean {
  return (
    field.fieldKind !== "list" &&
    field.fieldKind !== "map" &&
    field.oneof === undefined &&
    field.presence !== FeatureSet_FieldPresence.IMPLICIT
  );
}

/** Types of proto2 and of editions inherit their default values. */
function usesPrototype(desc: DescMessage): boolean {
  return Object.getPrototypeOf(create(desc)) !== Object.prototype;
}

function property(field: { localName: string }): string {
  return `m[${JSON.stringify(field.localName)}]`;
}

function fieldSource(field: DescField, links: Links): string {
  switch (field.fieldKind) {
    case "list":
      return listSource(field, links);
    case "map":
      return mapSource(field, links);
    default:
      return singularSource(field, links);
  }
}

function singularSource(field: DescField & { fieldKind: "scalar" | "enum" | "message" }, links: Links): string {
  const body = tagged(field, singularValue(field, links));
  if (field.oneof !== undefined) {
    return `v = ${property(field.oneof)}; if (v.case === ${JSON.stringify(field.localName)}) { v = v.value; ${body} }`;
  }
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) {
    const own =
      usesPrototype(field.parent) || field.localName in Object.prototype ? ` && hasOwn(m, ${JSON.stringify(field.localName)})` : "";
    const missing = field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED ? "else throw declined;" : "";
    return `v = ${property(field)}; if (v !== undefined${own}) { ${body} } ${missing}`;
  }
  return `v = ${property(field)}; if (${isSet(field)}) { ${body} }`;
}

/** Fields without presence are written unless they are zero; the comparisons are those of protobuf-es. */
function isSet(field: DescField & { fieldKind: "scalar" | "enum" | "message" }): string {
  if (field.fieldKind !== "scalar") return `v !== ${field.enum?.values[0]?.number ?? 0}`;
  switch (field.scalar) {
    case ScalarType.BOOL:
      return "v !== false";
    case ScalarType.STRING:
      return 'v !== ""';
    case ScalarType.BYTES:
      return "!(v instanceof Uint8Array) || v.byteLength > 0";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return "!Object.is(v, 0)";
    default:
      return "v != 0";
  }
}

function singularValue(field: DescField & { fieldKind: "scalar" | "enum" | "message" }, links: Links): Value {
  if (field.fieldKind === "enum") return scalarValue(ScalarType.INT32, false);
  if (field.fieldKind === "scalar") return scalarValue(field.scalar, field.longAsString);
  const wrapped = unwrapped(field);
  if (wrapped === undefined) return messageValue(field.message, "v", links);
  const wrapper = `{ $typeName: ${JSON.stringify(field.message.typeName)}, ${JSON.stringify(wrapped.localName)}: v }`;
  return messageValue(field.message, wrapper, links);
}

/** How to write a value that is in `v`: its wire type, and the statements. */
interface Value {
  readonly wire: number;
  readonly source: string;
}

function tagged(field: { number: number }, value: Value): string {
  return `${tag((field.number << 3) | value.wire)} ${value.source}`;
}

function tag(value: number): string {
  const octets: string[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) octets.push(`buf[pos++] = ${(rest & 0x7f) | 0x80};`);
  return [...octets, `buf[pos++] = ${rest};`].join(" ");
}

/** What has a length before it: the room that it took the last time is reserved, so that it seldom needs to be moved. */
function delimited(links: Links, body: string): string {
  const reserved = links.reserved();
  return `{ const start = pos, room = ${reserved}; pos += room; ${body}
    ${reserved} = reserve(pos - start - room); pos = close(buf, start, room, pos); }`;
}

function messageValue(desc: DescMessage, expression: string, links: Links): Value {
  return { wire: 2, source: delimited(links, `pos = ${links.name(desc)}.write(${expression}, buf, pos);`) };
}

function scalarValue(scalar: ScalarType, longAsString: boolean): Value {
  return { wire: wireType(scalar), source: scalarSource(scalar, longAsString) };
}

function scalarSource(scalar: ScalarType, longAsString: boolean): string {
  const long = longAsString ? "parseLong(v)" : "v";
  switch (scalar) {
    case ScalarType.STRING:
      return "pos = text(buf, pos, v);";
    case ScalarType.BYTES:
      return "pos = bytes(buf, pos, v);";
    case ScalarType.BOOL:
      return "if (v === true) buf[pos++] = 1; else if (v === false) buf[pos++] = 0; else throw declined;";
    case ScalarType.INT32:
      return "if ((v | 0) !== v) throw declined; if (v >= 0 && v < 128) buf[pos++] = v; else pos = int32(buf, pos, v);";
    case ScalarType.UINT32:
      return "if ((v >>> 0) !== v) throw declined; if (v < 128) buf[pos++] = v; else pos = varint32(buf, pos, v);";
    case ScalarType.SINT32:
      return "if ((v | 0) !== v) throw declined; pos = varint32(buf, pos, ((v << 1) ^ (v >> 31)) >>> 0);";
    case ScalarType.FIXED32:
      return "if ((v >>> 0) !== v) throw declined; pos = fixed32(buf, pos, v);";
    case ScalarType.SFIXED32:
      return "if ((v | 0) !== v) throw declined; pos = fixed32(buf, pos, v);";
    case ScalarType.FLOAT:
      return "pos = float(buf, pos, v);";
    case ScalarType.DOUBLE:
      return "pos = float64(buf, pos, v);";
    case ScalarType.INT64:
      return `pos = int64(buf, pos, ${long});`;
    case ScalarType.UINT64:
      return `pos = uint64(buf, pos, ${long});`;
    case ScalarType.SINT64:
      return `pos = sint64(buf, pos, ${long});`;
    case ScalarType.FIXED64:
      return `pos = fixed64(buf, pos, ${long});`;
    case ScalarType.SFIXED64:
      return `pos = sfixed64(buf, pos, ${long});`;
  }
}

function listSource(field: DescField & { fieldKind: "list" }, links: Links): string {
  const items = `const items = ${property(field)};`;
  const each = (body: string) => `for (let i = 0; i < items.length; i++) { v = items[i]; ${body} }`;
  if (field.listKind === "message") return `{ ${items} ${each(tagged(field, messageValue(field.message, "v", links)))} }`;
  const value = field.listKind === "enum" ? scalarValue(ScalarType.INT32, false) : scalarValue(field.scalar, field.longAsString);
  if (!field.packed) return `{ ${items} ${each(tagged(field, value))} }`;
  return `{ ${items} if (items.length != 0) { ${tag((field.number << 3) | 2)} ${delimited(links, each(value.source))} } }`;
}

function mapSource(field: DescField & { fieldKind: "map" }, links: Links): string {
  const value = mapValue(field, links);
  const entry = `${tag((1 << 3) | wireType(field.mapKey))} ${keySource(field.mapKey)} v = map[key]; ${tagged({ number: 2 }, value)}`;
  return `{ const map = ${property(field)}; const keys = Object.keys(map);
    for (let i = 0; i < keys.length; i++) { const key = keys[i]; v = key; ${tag((field.number << 3) | 2)} ${delimited(links, entry)} } }`;
}

function mapValue(field: DescField & { fieldKind: "map" }, links: Links): Value {
  if (field.mapKind === "message") return messageValue(field.message, "v", links);
  return scalarValue(field.mapKind === "enum" ? ScalarType.INT32 : field.scalar, false);
}

/** Keys are properties, and so text, whatever their type; they are converted the way protobuf-es does. */
function keySource(key: ScalarType): string {
  const convert = () => {
    switch (key) {
      case ScalarType.STRING:
        return "";
      case ScalarType.BOOL:
        return 'v = key === "true" ? true : key === "false" ? false : key;';
      case ScalarType.INT64:
      case ScalarType.UINT64:
      case ScalarType.SINT64:
      case ScalarType.FIXED64:
      case ScalarType.SFIXED64:
        return "v = parseLong(key);";
      default:
        return "v = Number.parseInt(key);";
    }
  };
  return `${convert()} ${scalarSource(key, false)}`;
}
