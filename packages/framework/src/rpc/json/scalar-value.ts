/** Scalars out of JSON values, by protobuf's JSON mapping: numbers may also be given as strings. */
import { ScalarType } from "@bufbuild/protobuf";
import type { Problems } from "./problems.ts";
import { refused } from "./problems.ts";

/** Reads a JSON value that is not undefined. What is wrong is noted, and {@link refused} returned. */
export type ReadValue = (json: unknown, problems: Problems) => unknown;

/** The reader of a scalar type. `null` is the caller's business: here it is of the wrong type. */
export function scalarReader(type: ScalarType, longAsString = false): ReadValue {
  switch (type) {
    case ScalarType.STRING:
      return readString;
    case ScalarType.BOOL:
      return readBool;
    case ScalarType.BYTES:
      return readBytes;
    case ScalarType.DOUBLE:
      return readDouble;
    case ScalarType.FLOAT:
      return readFloat;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return readInt32;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return readUint32;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return longReader(0n, 2n ** 64n - 1n, "type.uint64", longAsString);
    default:
      return longReader(-(2n ** 63n), 2n ** 63n - 1n, "type.int64", longAsString);
  }
}

function readString(json: unknown, problems: Problems): unknown {
  if (typeof json !== "string") return problems.add("must be a string", "type.string");
  return json.isWellFormed() ? json : problems.add("must be valid Unicode: half of a surrogate pair is missing", "type.string");
}

function readBool(json: unknown, problems: Problems): unknown {
  return typeof json === "boolean" ? json : problems.add("must be true or false", "type.bool");
}

/** The grammar of JSON's numbers (RFC 8259 §6), which is also that of numbers in strings. */
const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** NaN where it is no number, or one that JSON cannot have. */
function numberOf(json: unknown): number {
  if (typeof json === "number") return json;
  return typeof json === "string" && decimal.test(json) ? Number(json) : Number.NaN;
}

function readInt32(json: unknown, problems: Problems): unknown {
  const value = numberOf(json);
  return (value | 0) === value ? value | 0 : problems.add("must be a whole number from -2147483648 to 2147483647", "type.int32");
}

function readUint32(json: unknown, problems: Problems): unknown {
  const value = numberOf(json);
  return value >>> 0 === value ? value >>> 0 : problems.add("must be a whole number from 0 to 4294967295", "type.uint32");
}

const nonFinite: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function readDouble(json: unknown, problems: Problems): unknown {
  const value = numberOf(json);
  if (Number.isFinite(value)) return value;
  return nonFinite.get(json) ?? problems.add("must be a number", "type.double");
}

const maxFloat = 3.4028234663852886e38;

function readFloat(json: unknown, problems: Problems): unknown {
  const value = numberOf(json);
  if (Math.abs(value) <= maxFloat) return value;
  return nonFinite.get(json) ?? problems.add("must be a number that 32 bits can hold", "type.float");
}

/** Twenty digits hold every 64-bit integer; more would only cost time. */
const wholeNumber = /^-?(?:0|[1-9]\d{0,19})$/;

function longReader(min: bigint, max: bigint, code: string, asString: boolean): ReadValue {
  return (json, problems) => {
    // Of a number beyond 2^53 JSON's own parser has already lost digits: the client must send a string.
    const exact = typeof json === "number" ? Number.isSafeInteger(json) : typeof json === "string" && wholeNumber.test(json);
    const value = exact ? BigInt(json as number | string) : undefined;
    if (value === undefined || value < min || value > max) {
      return problems.add(`must be a whole number from ${min} to ${max}, as a string where it is beyond ±${Number.MAX_SAFE_INTEGER}`, code);
    }
    return asString ? String(value) : value;
  };
}

/** Either alphabet of RFC 4648, with or without padding. */
const base64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;

function readBytes(json: unknown, problems: Problems): unknown {
  const bytes = typeof json === "string" && base64.test(json) ? decodeBase64(json) : refused;
  return bytes === refused ? problems.add("must be bytes in base64", "type.bytes") : bytes;
}

function decodeBase64(text: string): Uint8Array | typeof refused {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  // One digit is no byte, and where there is padding it fills up to four.
  if (digits % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return refused;
  // A copy, since small buffers share their memory with others.
  return new Uint8Array(Buffer.from(text, "base64"));
}
