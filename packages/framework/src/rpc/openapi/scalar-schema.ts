/** The schemas of what has a JSON form of its own: scalars and the well-known types, as the JSON encoder writes them. */
import type { DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Schema } from "./model.ts";

/** @param longAsString Whether the contract wants 64-bit integers as strings (`jstype = JS_STRING`). */
export function scalarSchema(type: ScalarType, longAsString = false): Schema {
  switch (type) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.DOUBLE:
      return { type: "number", format: "double" };
    case ScalarType.FLOAT:
      return { type: "number", format: "float" };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: "integer", format: "int32" };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: "integer", format: "uint32", minimum: 0 };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return longSchema("uint64", longAsString);
    default:
      return longSchema("int64", longAsString);
  }
}

/** Numbers where a double holds them, strings of digits beyond. */
function longSchema(format: string, asString: boolean): Schema {
  return { type: asString ? "string" : ["integer", "string"], format };
}

const wellKnown: Readonly<Record<string, Schema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?\\d{1,12}(\\.\\d{1,9})?s$", examples: ["1.500s"] },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Empty": { type: "object" },
  "google.protobuf.Struct": { type: "object", additionalProperties: true },
  "google.protobuf.ListValue": { type: "array", items: {} },
  "google.protobuf.Value": {},
  "google.protobuf.Any": {
    type: "object",
    properties: { "@type": { type: "string" } },
    required: ["@type"],
    additionalProperties: true,
  },
};

/** The schema of a well-known type; undefined for any other message. */
export function wellKnownSchema(message: DescMessage): Schema | undefined {
  const [value] = message.fields;
  if (isWrapperDesc(message) && value?.scalar !== undefined) return scalarSchema(value.scalar);
  return wellKnown[message.typeName];
}
