/** Well-known types out of the JSON that is not an object of their fields. */
import type { DescMessage, JsonObject, JsonValue, Message, Registry } from "@bufbuild/protobuf";
import { create, fromJson, ScalarType } from "@bufbuild/protobuf";
import { protoSnakeCase } from "@bufbuild/protobuf/reflect";
import {
  AnySchema,
  anyPack,
  DurationSchema,
  FieldMaskSchema,
  hasCustomJsonRepresentation,
  isWrapperDesc,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { parseDuration } from "./duration.ts";
import { wrappedScalar } from "./field-form.ts";
import type { Problems } from "./problems.ts";
import { refused } from "./problems.ts";
import type { ReadValue } from "./scalar-value.ts";
import { scalarReader } from "./scalar-value.ts";
import { parseTimestamp } from "./timestamp.ts";

/** The reader of such a type, which makes a message; undefined for any other type. `readerOf` gives those of what an `Any` holds. */
export function wellKnownReader(desc: DescMessage, types: Registry, readerOf: (desc: DescMessage) => ReadValue): ReadValue | undefined {
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return readTimestamp;
    case "google.protobuf.Duration":
      return readDuration;
    case "google.protobuf.FieldMask":
      return readFieldMask;
    case "google.protobuf.Struct":
    case "google.protobuf.Value":
    case "google.protobuf.ListValue":
      return jsonReader(desc);
    case "google.protobuf.Any":
      return anyReader(types, readerOf);
    default:
      return isWrapperDesc(desc) ? wrapperReader(desc) : undefined;
  }
}

function readTimestamp(json: unknown, problems: Problems): unknown {
  const parsed = typeof json === "string" ? parseTimestamp(json) : undefined;
  return parsed === undefined
    ? problems.add("must be an RFC 3339 time such as 2026-01-31T12:00:00Z", "type.timestamp")
    : create(TimestampSchema, parsed);
}

function readDuration(json: unknown, problems: Problems): unknown {
  const parsed = typeof json === "string" ? parseDuration(json) : undefined;
  return parsed === undefined
    ? problems.add("must be a duration in seconds such as 1.5s", "type.duration")
    : create(DurationSchema, parsed);
}

const maskPath = /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*$/;

/** As the keys of this API, paths may be in snake_case too; protobuf's mapping knows lowerCamelCase alone. */
function readFieldMask(json: unknown, problems: Problems): unknown {
  const paths = json === "" ? [] : typeof json === "string" ? json.split(",") : undefined;
  if (paths === undefined || !paths.every((path) => maskPath.test(path))) {
    return problems.add("must be field names, separated by commas", "type.field_mask");
  }
  return create(FieldMaskSchema, { paths: paths.map((path) => (path.includes("_") ? path : protoSnakeCase(path))) });
}

function wrapperReader(desc: DescMessage): ReadValue {
  const read = scalarReader(wrappedScalar(desc));
  return (json, problems) => {
    const value = read(json, problems);
    return value === refused ? refused : create(desc, { value } as Partial<Message>);
  };
}

function jsonReader(desc: DescMessage): ReadValue {
  return (json, problems) => {
    if (desc.typeName === "google.protobuf.Struct" && !isObject(json)) return problems.add("must be an object", "type.object");
    if (desc.typeName === "google.protobuf.ListValue" && !Array.isArray(json)) return problems.add("must be an array", "type.list");
    return checkJson(json, problems) ? fromJson(desc, json as JsonValue) : refused;
  };
}

/** Reads a field of the type Struct, which protobuf-es keeps as the plain object. */
export function readJsonObject(json: unknown, problems: Problems): unknown {
  if (!isObject(json)) return problems.add("must be an object", "type.object");
  return checkJson(json, problems) ? (json as JsonObject) : refused;
}

/** Whether what JSON's parser made is also fit for protobuf: not too deep, its strings whole. What is not is noted. */
function checkJson(json: unknown, problems: Problems): boolean {
  if (typeof json === "string") return checkText(json, problems);
  if (typeof json !== "object" || json === null) return true;
  const sound = problems.dive() && Object.entries(json).every(([key, value]) => checkText(key, problems) && checkJson(value, problems));
  problems.rise();
  return sound;
}

function checkText(text: string, problems: Problems): boolean {
  return scalarReader(ScalarType.STRING)(text, problems) !== refused;
}

function anyReader(types: Registry, readerOf: (desc: DescMessage) => ReadValue): ReadValue {
  return (json, problems) => {
    if (!isObject(json)) return problems.add("must be an object", "type.object");
    const { "@type": typeUrl, ...fields } = json;
    if (typeUrl === undefined && Object.keys(fields).length === 0) return create(AnySchema);
    const desc = typeof typeUrl === "string" ? types.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1)) : undefined;
    if (desc === undefined) return problems.add("must name a known type in @type", "type.any");
    const message = problems.dive() ? readerOf(desc)(hasCustomJsonRepresentation(desc) ? fields.value : fields, problems) : refused;
    problems.rise();
    if (message === refused) return refused;
    return Object.assign(anyPack(desc, message as Message), { typeUrl });
  };
}

/** Whether it is what JSON calls an object. */
export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
