/**
 * Message types with a field of every kind that protobuf has, for tests of what handles messages by their descriptors.
 * Built at run time, so that no generated code stands behind them.
 */
import type { DescMessage } from "@bufbuild/protobuf";
import { create, createFileRegistry, createRegistry } from "@bufbuild/protobuf";
import {
  Edition,
  FieldOptions_JSType,
  FileDescriptorProtoSchema,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { FieldInit, MessageInit } from "./descriptors.ts";
import { message, ofEnum, ofMessage, restName } from "./descriptors.ts";

const wellKnownFiles = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

const scalarNames = [
  ...(["double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string"] as const),
  ...(["bytes", "uint32", "sfixed32", "sfixed64", "sint32", "sint64"] as const),
];
const keyNames = scalarNames.filter((name) => name !== "double" && name !== "float" && name !== "bytes");
const wrapperNames = ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"];
const wellKnownNames = ["Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "Any", "Empty"];

function typeOf(name: (typeof scalarNames)[number]): Type {
  return Type[name.toUpperCase() as keyof typeof Type];
}

const color = ".test.v1.Color";
const repeated = { label: Label.REPEATED };

/** The entry type that protobuf declares behind a map's back. */
function mapEntry(name: string, key: Type, value: FieldInit): MessageInit {
  return message(
    name,
    [
      { name: "key", type: key },
      { name: "value", ...value },
    ],
    { options: { mapEntry: true } },
  );
}

const maps = [
  ...keyNames.map((key) => ({ name: `string_by_${key}`, entry: `StringBy${key}Entry`, key: typeOf(key), value: { type: Type.STRING } })),
  ...scalarNames.map((value) => ({ name: `${value}_map`, entry: `${value}MapEntry`, key: Type.STRING, value: { type: typeOf(value) } })),
  { name: "color_map", entry: "ColorMapEntry", key: Type.STRING, value: { type: Type.ENUM, typeName: color } },
  { name: "child_map", entry: "ChildMapEntry", key: Type.STRING, value: { type: Type.MESSAGE, typeName: ".test.v1.Every" } },
  { name: "time_map", entry: "TimeMapEntry", key: Type.STRING, value: { type: Type.MESSAGE, typeName: ".google.protobuf.Timestamp" } },
  { name: "value_map", entry: "ValueMapEntry", key: Type.STRING, value: { type: Type.MESSAGE, typeName: ".google.protobuf.Value" } },
];

const choice = { oneofIndex: 0 };

function everyMessage(): MessageInit {
  const fields: FieldInit[] = [
    ...scalarNames.map((name) => ({ name: `a_${name}`, type: typeOf(name) })),
    ...scalarNames.map((name) => ({ name: `list_of_${name}`, type: typeOf(name), ...repeated })),
    ...scalarNames.map((name, index) => ({ name: `maybe_${name}`, type: typeOf(name), proto3Optional: true, oneofIndex: index + 1 })),
    { name: "long_as_string", type: Type.INT64, options: { jstype: FieldOptions_JSType.JS_STRING } },
    { name: "renamed_in_json", jsonName: "anotherName", type: Type.STRING },
    { name: "constructor", type: Type.STRING },
    ofEnum("color", color),
    ofEnum("colors", color, repeated),
    ofEnum("maybe_color", color, { proto3Optional: true, oneofIndex: scalarNames.length + 1 }),
    ofEnum("a_null", ".google.protobuf.NullValue"),
    ofMessage("child", ".test.v1.Every"),
    ofMessage("children", ".test.v1.Every", repeated),
    ofMessage("explicit", ".test.v1.Explicit"),
    ...wellKnownNames.map((name) => ofMessage(`wkt_${name.toLowerCase()}`, `.google.protobuf.${name}`)),
    ...wellKnownNames.map((name) => ofMessage(`list_of_wkt_${name.toLowerCase()}`, `.google.protobuf.${name}`, repeated)),
    ...wrapperNames.map((name) => ofMessage(`wrapped_${name.toLowerCase()}`, `.google.protobuf.${name}Value`)),
    ofMessage("list_of_wrapped_string", ".google.protobuf.StringValue", repeated),
    { name: "chosen_string", type: Type.STRING, ...choice },
    { name: "chosen_int64", type: Type.INT64, ...choice },
    ofEnum("chosen_color", color, choice),
    ofEnum("chosen_null", ".google.protobuf.NullValue", choice),
    ofMessage("chosen_child", ".test.v1.Every", choice),
    ofMessage("chosen_value", ".google.protobuf.Value", choice),
    ofMessage("chosen_wrapped_bool", ".google.protobuf.BoolValue", choice),
    ...maps.map(({ name, entry }) => ofMessage(name, `.test.v1.Every.${entry}`, repeated)),
  ];
  const optionals = [...scalarNames.map((name) => `_maybe_${name}`), "_maybe_color"];
  return message("Every", fields, {
    oneofDecl: [{ name: "choice" }, ...optionals.map((name) => ({ name }))],
    nestedType: maps.map(({ entry, key, value }) => mapEntry(entry, key, value)) as NonNullable<MessageInit["nestedType"]>,
  });
}

const everyFile = create(FileDescriptorProtoSchema, {
  name: "test/v1/every.proto",
  package: "test.v1",
  syntax: "proto3",
  dependency: [...wellKnownFiles.map(({ proto }) => proto.name), "test/v1/explicit.proto"],
  messageType: [everyMessage()],
  enumType: [
    {
      name: "Color",
      value: [
        { name: "COLOR_UNSPECIFIED", number: 0 },
        { name: "COLOR_RED", number: 1, options: restName("red") },
        { name: "COLOR_DARK_GREEN", number: -7, options: restName("dark-green") },
        { name: "COLOR_BLUE", number: 70000 },
      ],
    },
  ],
});

/** Of an edition where fields have explicit presence and enums may be closed: protobuf-es keeps such messages differently. */
const explicitFile = create(FileDescriptorProtoSchema, {
  name: "test/v1/explicit.proto",
  package: "test.v1",
  syntax: "editions",
  edition: Edition.EDITION_2023,
  messageType: [
    message("Explicit", [{ name: "text", type: Type.STRING }, { name: "count", type: Type.INT32 }, ofEnum("size", ".test.v1.Size")]),
  ],
  enumType: [
    {
      name: "Size",
      options: { features: { enumType: 2 } },
      value: [
        { name: "SIZE_SMALL", number: 1 },
        { name: "SIZE_LARGE", number: 2 },
      ],
    },
  ],
});

const registry = createFileRegistry(everyFile, (name) =>
  name === explicitFile.name ? explicitFile : wellKnownFiles.find(({ proto }) => proto.name === name),
);

function getMessage(name: string): DescMessage {
  const desc = registry.getMessage(name);
  if (desc === undefined) throw new TypeError(`no ${name}`);
  return desc;
}

/** The message type with a field of every kind. */
export const every: DescMessage = getMessage("test.v1.Every");
/** What the fixture's `google.protobuf.Any` fields may hold. */
export const anyTypes = createRegistry(every, getMessage("test.v1.Explicit"), ...wellKnownFiles);
