/** `google.protobuf.Struct`, `Value` and `ListValue` as the JSON they stand for. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { ListValue, Struct, Value } from "@bufbuild/protobuf/wkt";
import { quote } from "./quote.ts";

/**
 * Writes a JSON value. Unlike `JSON.stringify` it has no silent substitutes.
 * @throws TypeError where something in it is no JSON: NaN, Infinity, undefined.
 */
export function jsonText(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      return numberText(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `[${value.map(jsonText).join(",")}]` : jsonObjectText(value);
    default:
      throw new TypeError(`cannot write JSON: ${typeof value} is no JSON value`);
  }
}

/** Writes a field of the type Struct, which protobuf-es keeps as a plain object. */
export function jsonObjectText(object: JsonObject): string {
  return objectText(object, jsonText);
}

export function structText({ fields }: Struct): string {
  return objectText(fields, valueText);
}

export function listValueText({ values }: ListValue): string {
  return `[${values.map(valueText).join(",")}]`;
}

export function valueText({ kind }: Value): string {
  switch (kind.case) {
    case "nullValue":
      return "null";
    case "numberValue":
      return numberText(kind.value);
    case "stringValue":
      return quote(kind.value);
    case "boolValue":
      return kind.value ? "true" : "false";
    case "structValue":
      return structText(kind.value);
    case "listValue":
      return listValueText(kind.value);
    default:
      throw new TypeError("cannot write JSON: a google.protobuf.Value has no value");
  }
}

function objectText<T>(object: { readonly [key: string]: T }, text: (value: T) => string): string {
  const members = Object.entries(object).map(([key, value]) => `${quote(key)}:${text(value)}`);
  return `{${members.join(",")}}`;
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`cannot write JSON: ${value} has no JSON form in a google.protobuf.Value`);
  return Object.is(value, -0) ? "-0" : String(value);
}
