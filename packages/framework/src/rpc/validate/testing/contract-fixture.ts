/** Contracts for tests, written in place: a short form of a .proto file, turned into descriptors without protoc. */
import type { DescMessage, DescService, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { createFileRegistry, createRegistry, fromJson } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_empty, file_google_protobuf_timestamp } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { file_arcana_access_v1_access } from "../../../gen/arcana/access/v1/access_pb.ts";
import { file_google_api_annotations } from "../../../gen/google/api/annotations_pb.ts";

/** `string`, `optional int32`, `repeated Tag`, `map<string, Tag>`, `google.protobuf.Timestamp`; or that with options. */
export type FieldForm = string | { readonly type: string; readonly oneof?: string; readonly options?: JsonObject };

interface MessageForm {
  readonly fields?: Readonly<Record<string, FieldForm>>;
  readonly oneofs?: Readonly<Record<string, JsonObject>>;
  readonly options?: JsonObject;
}

export interface MethodForm {
  readonly input: string;
  readonly output: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
  readonly options?: JsonObject;
}

export interface ContractForm {
  readonly package: string;
  readonly enums?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly messages: Readonly<Record<string, MessageForm>>;
  readonly services?: Readonly<Record<string, Readonly<Record<string, MethodForm>>>>;
}

export interface ContractFixture {
  message(name: string): DescMessage;
  service(name: string): DescService;
}

const imports = [
  file_arcana_access_v1_access,
  file_buf_validate_validate,
  file_google_api_annotations,
  file_google_protobuf_empty,
  file_google_protobuf_timestamp,
];

/** The descriptors of the contract. Fields are numbered in the order in which they are written. */
export function contractFixture(form: ContractForm): ContractFixture {
  const json: JsonObject = {
    name: `${form.package.replaceAll(".", "/")}/fixture.proto`,
    package: form.package,
    syntax: "proto3",
    dependency: imports.map((file) => file.proto.name),
    enumType: Object.entries(form.enums ?? {}).map(([name, values]) => ({
      name,
      value: Object.entries(values).map(([value, number]) => ({ name: value, number })),
    })),
    messageType: Object.entries(form.messages).map(([name, message]) => messageJson(form, name, message)),
    service: Object.entries(form.services ?? {}).map(([name, methods]) => ({
      name,
      method: Object.entries(methods).map(([method, { input, output, options, ...streaming }]) => ({
        name: method,
        inputType: typeName(form, input),
        outputType: typeName(form, output),
        ...streaming,
        ...(options && { options }),
      })),
    })),
  };
  const proto = fromJson(FileDescriptorProtoSchema, json, { registry: createRegistry(...imports) });
  const known = new Map(imports.flatMap((file) => [file, ...file.dependencies]).map((file) => [file.proto.name, file]));
  const registry = createFileRegistry(proto, (name) => known.get(name));
  return {
    message: (name) => found(registry.getMessage(`${form.package}.${name}`), name),
    service: (name) => found(registry.getService(`${form.package}.${name}`), name),
  };
}

function found<T>(descriptor: T | undefined, name: string): T {
  if (descriptor === undefined) throw new TypeError(`the fixture has no ${name}`);
  return descriptor;
}

function messageJson(form: ContractForm, name: string, { fields = {}, oneofs = {}, options }: MessageForm): JsonObject {
  const entries = Object.entries(fields).map(([field, spec]) => [field, typeof spec === "string" ? { type: spec } : spec] as const);
  const synthetic = entries.filter(([, { type }]) => type.startsWith("optional ")).map(([field]) => `_${field}`);
  const oneofNames = [...Object.keys(oneofs), ...synthetic];
  const maps = entries.filter(([, { type }]) => type.startsWith("map<"));
  return {
    name,
    oneofDecl: oneofNames.map((oneof) => ({ name: oneof, ...(oneofs[oneof] && { options: oneofs[oneof] }) })),
    nestedType: maps.map(([field, { type }]) => entryJson(form, field, type)),
    field: entries.map(([field, spec], index) => ({
      ...fieldJson(form, `${name}.${entryName(field)}`, field, index + 1, spec.type),
      ...(spec.options && { options: spec.options }),
      ...oneofIndex(oneofNames, spec.type.startsWith("optional ") ? `_${field}` : spec.oneof),
    })),
    ...(options && { options }),
  };
}

function oneofIndex(names: readonly string[], oneof: string | undefined): JsonObject {
  if (oneof === undefined) return {};
  return { oneofIndex: names.indexOf(oneof), ...(oneof.startsWith("_") && { proto3Optional: true }) };
}

function fieldJson(form: ContractForm, entryType: string, name: string, number: number, type: string): JsonObject {
  const [label, bare] = type.startsWith("repeated ")
    ? ["LABEL_REPEATED", type.slice(9)]
    : ["LABEL_OPTIONAL", type.replace("optional ", "")];
  return bare.startsWith("map<")
    ? { name, number, label: "LABEL_REPEATED", type: "TYPE_MESSAGE", typeName: `.${form.package}.${entryType}` }
    : { name, number, label, ...typeJson(form, bare) };
}

function typeJson(form: ContractForm, type: string): Record<string, JsonValue> {
  if (form.enums?.[type]) return { type: "TYPE_ENUM", typeName: typeName(form, type) };
  const scalar = /^[a-z0-9]+$/.test(type);
  return scalar ? { type: `TYPE_${type.toUpperCase()}` } : { type: "TYPE_MESSAGE", typeName: typeName(form, type) };
}

function typeName(form: ContractForm, type: string): string {
  return type.includes(".") ? `.${type}` : `.${form.package}.${type}`;
}

function entryName(field: string): string {
  return `${field.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Entry`;
}

function entryJson(form: ContractForm, field: string, type: string): JsonObject {
  const [key = "", value = ""] = type.slice(4, -1).split(/, */);
  return {
    name: entryName(field),
    options: { mapEntry: true },
    field: [fieldJson(form, "", "key", 1, key), fieldJson(form, "", "value", 2, value)],
  };
}
