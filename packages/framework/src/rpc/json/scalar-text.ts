/** Scalars as JSON text, by protobuf's JSON mapping; 64-bit integers as numbers where a number holds them. */
import { ScalarType } from "@bufbuild/protobuf";
import { quote } from "./quote.ts";

export type ValueText = (value: never) => string;

/** The function that writes a scalar of the type. Each throws TypeError where the value is of another type: a fault of the server's code. */
export function scalarText(type: ScalarType, longAsString = false): ValueText {
  switch (type) {
    case ScalarType.STRING:
      return quote;
    case ScalarType.BOOL:
      return boolText;
    case ScalarType.BYTES:
      return bytesText;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return floatText;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return int32Text;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return uint32Text;
    default:
      return longAsString ? longStringText : longText;
  }
}

function boolText(value: boolean): string {
  if (value === true) return "true";
  if (value === false) return "false";
  throw wrongType("a boolean", value);
}

function int32Text(value: number): string {
  if ((value | 0) === value) return String(value);
  throw wrongType("an int32", value);
}

function uint32Text(value: number): string {
  if (value >>> 0 === value) return String(value);
  throw wrongType("a uint32", value);
}

function floatText(value: number): string {
  if (typeof value !== "number") throw wrongType("a number", value);
  // JSON has no other numbers than finite ones; and `String` forgets the sign of zero, which JSON can write.
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function longText(value: bigint): string {
  if (typeof value !== "bigint") throw wrongType("a bigint", value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? String(number) : `"${value}"`;
}

/** Of a field that the contract declares as a string in JavaScript (`jstype = JS_STRING`): it stays one. */
function longStringText(value: string): string {
  return `"${BigInt(value)}"`;
}

function bytesText(value: Uint8Array): string {
  if (!(value instanceof Uint8Array)) throw wrongType("bytes", value);
  return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}"`;
}

function wrongType(expected: string, value: unknown): TypeError {
  return new TypeError(`cannot write JSON: expected ${expected}, got ${value === null ? "null" : typeof value}`);
}
