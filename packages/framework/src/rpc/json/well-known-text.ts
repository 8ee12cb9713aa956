/** Well-known types whose JSON is not an object of their fields. */
import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { protoCamelCase, protoSnakeCase } from "@bufbuild/protobuf/reflect";
import type { Any, Duration, FieldMask, Timestamp } from "@bufbuild/protobuf/wkt";
import { anyUnpack, hasCustomJsonRepresentation, isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { formatDuration } from "./duration.ts";
import { wrappedScalar } from "./field-form.ts";
import { quote } from "./quote.ts";
import { scalarText } from "./scalar-text.ts";
import { listValueText, structText, valueText } from "./struct-text.ts";
import { formatTimestamp } from "./timestamp.ts";

/** Writes a message of the type it was made for. */
export type MessageText = (message: never) => string;

/** The function that writes such a type; undefined for any other type. `textOf` gives those of what an `Any` holds. */
export function wellKnownText(desc: DescMessage, types: Registry, textOf: (desc: DescMessage) => MessageText): MessageText | undefined {
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return timestampText;
    case "google.protobuf.Duration":
      return durationText;
    case "google.protobuf.FieldMask":
      return fieldMaskText;
    case "google.protobuf.Struct":
      return structText;
    case "google.protobuf.Value":
      return valueText;
    case "google.protobuf.ListValue":
      return listValueText;
    case "google.protobuf.Any":
      return anyText(types, textOf);
    default:
      return isWrapperDesc(desc) ? wrapperText(desc) : undefined;
  }
}

function timestampText(timestamp: Timestamp): string {
  return `"${formatTimestamp(timestamp)}"`;
}

function durationText(duration: Duration): string {
  return `"${formatDuration(duration)}"`;
}

function fieldMaskText({ paths }: FieldMask): string {
  return quote(paths.map(camelPath).join(","));
}

function camelPath(path: string): string {
  const camel = protoCamelCase(path);
  if (protoSnakeCase(camel) !== path)
    throw new TypeError(`cannot write JSON: the field mask's path ${path} has no lowerCamelCase that leads back`);
  return camel;
}

function wrapperText(desc: DescMessage): MessageText {
  const text = scalarText(wrappedScalar(desc)) as (value: unknown) => string;
  return ({ value }: { readonly value: unknown }) => text(value);
}

function anyText(types: Registry, textOf: (desc: DescMessage) => MessageText): (any: Any) => string {
  return (any) => {
    if (any.typeUrl === "") return "{}";
    const message = anyUnpack(any, types);
    const desc = message && types.getMessage(message.$typeName);
    if (message === undefined || desc === undefined)
      throw new TypeError(`cannot write JSON: the type of the Any ${any.typeUrl} is not known here`);
    const type = `{"@type":${quote(any.typeUrl)}`;
    const json = (textOf(desc) as (message: unknown) => string)(message);
    if (hasCustomJsonRepresentation(desc)) return `${type},"value":${json}}`;
    return json === "{}" ? `${type}}` : `${type},${json.slice(1)}`;
  };
}
