// Descriptors of every kind of field that there is, built at run time, and arbitrary messages of them.
import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { create, createFileRegistry, ScalarType } from "@bufbuild/protobuf";
import type { FieldDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import {
  Edition,
  FeatureSet_EnumType,
  FeatureSet_FieldPresence,
  FeatureSet_MessageEncoding,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptions_JSType,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { unwrapped } from "./compilable.ts";

const { OPTIONAL, REPEATED, REQUIRED } = FieldDescriptorProto_Label;
const { MESSAGE, ENUM, STRING, INT32, GROUP } = FieldDescriptorProto_Type;

type FieldInit = Partial<Omit<FieldDescriptorProto, "$typeName" | "$unknown">>;

function field(name: string, number: number, type: FieldDescriptorProto_Type, more: FieldInit = {}): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, { name, jsonName: name, number, type, label: OPTIONAL, ...more });
}

const stringLongs = create(FieldOptionsSchema, { jstype: FieldOptions_JSType.JS_STRING });
const notPacked = create(FieldOptionsSchema, { packed: false });

const scalars = Object.entries({
  double: FieldDescriptorProto_Type.DOUBLE,
  float: FieldDescriptorProto_Type.FLOAT,
  int64: FieldDescriptorProto_Type.INT64,
  uint64: FieldDescriptorProto_Type.UINT64,
  int32: INT32,
  fixed64: FieldDescriptorProto_Type.FIXED64,
  fixed32: FieldDescriptorProto_Type.FIXED32,
  bool: FieldDescriptorProto_Type.BOOL,
  string: STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  uint32: FieldDescriptorProto_Type.UINT32,
  sfixed32: FieldDescriptorProto_Type.SFIXED32,
  sfixed64: FieldDescriptorProto_Type.SFIXED64,
  sint32: FieldDescriptorProto_Type.SINT32,
  sint64: FieldDescriptorProto_Type.SINT64,
});
const longs = scalars.filter(([name]) => name.endsWith("64"));
const packable = scalars.filter(([name]) => name !== "string" && name !== "bytes");
const mapKeys = scalars.filter(([name]) => !["double", "float", "bytes"].includes(name));

/** A field of each scalar, numbered from `first`. */
function each(
  list: typeof scalars,
  prefix: string,
  first: number,
  more: (type: FieldDescriptorProto_Type, i: number) => FieldInit,
): FieldDescriptorProto[] {
  return list.map(([name, type], i) => field(`${prefix}_${name}`, first + i, type, more(type, i)));
}

const message = (typeName: string, more: FieldInit = {}): FieldInit => ({ typeName, ...more });

/** A map is a repeated field of a nested entry type; this makes both. */
function mapOf(
  parent: string,
  name: string,
  number: number,
  key: FieldDescriptorProto_Type,
  value: FieldInit & { type: FieldDescriptorProto_Type },
) {
  const entry = `${name[0]?.toUpperCase()}${name.slice(1).replace(/_(.)/g, (_, c: string) => c.toUpperCase())}Entry`;
  return {
    field: field(name, number, MESSAGE, { label: REPEATED, typeName: `${parent}.${entry}` }),
    entry: { name: entry, field: [field("key", 1, key), field("value", 2, value.type, value)], options: { mapEntry: true } },
  };
}

const kindsMaps = [
  ...mapKeys.map(([name, type], i) => mapOf(".kinds.Maps", `by_${name}`, 1 + i, type, { type: STRING })),
  ...scalars.map(([name, type], i) => mapOf(".kinds.Maps", `to_${name}`, 40 + i, STRING, { type })),
  mapOf(".kinds.Maps", "to_message", 70, INT32, { type: MESSAGE, typeName: ".kinds.Child" }),
  mapOf(".kinds.Maps", "to_enum", 71, STRING, { type: ENUM, typeName: ".kinds.Colour" }),
];

const colours = { name: "Colour", value: [0, 1, 2, -1, 2_147_483_647].map((number, i) => ({ name: `COLOUR_${i}`, number })) };

const proto3: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: "kinds.proto",
  package: "kinds",
  syntax: "proto3",
  dependency: [file_google_protobuf_any, file_google_protobuf_timestamp, file_google_protobuf_wrappers].map((file) => file.proto.name),
  enumType: [colours],
  messageType: [
    { name: "Empty" },
    {
      name: "Child",
      field: [
        field("name", 1, STRING),
        field("count", 2, INT32),
        field("child", 3, MESSAGE, message(".kinds.Child")),
        field("children", 4, MESSAGE, message(".kinds.Child", { label: REPEATED })),
      ],
    },
    {
      name: "Singular",
      oneofDecl: [{ name: "choice" }, ...scalars.map(([name]) => ({ name: `_optional_${name}` })), { name: "_optional_enum" }],
      field: [
        ...each(scalars, "implicit", 1, () => ({})),
        ...each(scalars, "optional", 101, (_, i) => ({ proto3Optional: true, oneofIndex: i + 1 })),
        ...each(scalars, "choice", 201, () => ({ oneofIndex: 0 })),
        ...each(longs, "text", 301, () => ({ options: stringLongs })),
        field("choice_child", 250, MESSAGE, message(".kinds.Child", { oneofIndex: 0 })),
        field("choice_colour", 251, ENUM, message(".kinds.Colour", { oneofIndex: 0 })),
        field("choice_wrapper", 252, MESSAGE, message(".google.protobuf.StringValue", { oneofIndex: 0 })),
        field("colour", 400, ENUM, message(".kinds.Colour")),
        field("optional_enum", 401, ENUM, message(".kinds.Colour", { proto3Optional: true, oneofIndex: scalars.length + 1 })),
        field("child", 402, MESSAGE, message(".kinds.Child")),
        field("self", 2048, MESSAGE, message(".kinds.Singular")),
        field("empty", 403, MESSAGE, message(".kinds.Empty")),
        field("created_at", 404, MESSAGE, message(".google.protobuf.Timestamp")),
        field("any", 405, MESSAGE, message(".google.protobuf.Any")),
        // Names that objects have already, names that need quoting, and the largest number.
        field("constructor", 406, STRING),
        field("has_own_property", 407, INT32),
        field("is_prototype_of", 408, MESSAGE, message(".kinds.Child")),
        field("last", 536_870_911, STRING),
      ],
    },
    {
      name: "Wrappers",
      field: ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].flatMap((name, i) => [
        field(`one_${name}`, 1 + i, MESSAGE, message(`.google.protobuf.${name}Value`)),
        field(`many_${name}`, 21 + i, MESSAGE, message(`.google.protobuf.${name}Value`, { label: REPEATED })),
      ]),
    },
    {
      name: "Lists",
      field: [
        ...each(scalars, "list", 1, () => ({ label: REPEATED })),
        ...each(packable, "unpacked", 31, () => ({ label: REPEATED, options: notPacked })),
        ...each(longs, "text", 61, () => ({ label: REPEATED, options: stringLongs })),
        field("colours", 80, ENUM, message(".kinds.Colour", { label: REPEATED })),
        field("children", 81, MESSAGE, message(".kinds.Child", { label: REPEATED })),
        field("maps", 82, MESSAGE, message(".kinds.Maps", { label: REPEATED })),
      ],
    },
    { name: "Maps", field: kindsMaps.map((map) => map.field), nestedType: kindsMaps.map((map) => map.entry) },
  ],
});

const proto2: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: "old.proto",
  package: "old",
  syntax: "proto2",
  enumType: [{ name: "Level", value: [1, 2, 3].map((number) => ({ name: `LEVEL_${number}`, number })) }],
  messageType: [
    {
      name: "Old",
      oneofDecl: [{ name: "choice" }],
      field: [
        ...each(scalars, "one", 1, () => ({})),
        ...each(scalars, "many", 31, () => ({ label: REPEATED })),
        field("greeting", 60, STRING, { defaultValue: "hello" }),
        field("level", 61, ENUM, message(".old.Level", { defaultValue: "LEVEL_2" })),
        field("levels", 62, ENUM, message(".old.Level", { label: REPEATED })),
        field("choice_level", 63, ENUM, message(".old.Level", { oneofIndex: 0 })),
        field("choice_text", 64, STRING, { oneofIndex: 0 }),
        field("old", 65, MESSAGE, message(".old.Old")),
        field("has_own_property", 66, STRING),
      ],
      extensionRange: [{ start: 1000, end: 2000 }],
    },
    { name: "Required", field: [field("id", 1, STRING, { label: REQUIRED }), field("count", 2, INT32, { label: REQUIRED })] },
    {
      name: "Grouped",
      nestedType: [{ name: "Part", field: [field("name", 1, STRING)] }],
      field: [
        field("part", 1, GROUP, message(".old.Grouped.Part")),
        field("parts", 2, GROUP, message(".old.Grouped.Part", { label: REPEATED })),
      ],
    },
  ],
});

const features = (set: NonNullable<NonNullable<FieldInit["options"]>["features"]> | object) =>
  ({ options: { features: set } }) as FieldInit;

const edition2023: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: "new.proto",
  package: "new",
  syntax: "editions",
  edition: Edition.EDITION_2023,
  dependency: [file_google_protobuf_struct.proto.name],
  enumType: [{ name: "Level", value: [{ name: "LEVEL_0", number: 0 }], options: { features: { enumType: FeatureSet_EnumType.CLOSED } } }],
  messageType: [
    {
      name: "Explicit",
      field: [
        ...each(scalars, "one", 1, () => ({})),
        ...each(scalars, "implicit", 31, () => features({ fieldPresence: FeatureSet_FieldPresence.IMPLICIT })),
        field("level", 60, ENUM, message(".new.Level")),
      ],
    },
    { name: "Implicit", field: each(scalars, "one", 1, () => features({ fieldPresence: FeatureSet_FieldPresence.IMPLICIT })) },
    {
      name: "Delimited",
      field: [
        field("child", 1, MESSAGE, { typeName: ".new.Implicit", ...features({ messageEncoding: FeatureSet_MessageEncoding.DELIMITED }) }),
      ],
    },
    {
      name: "Json",
      field: [
        field("struct", 1, MESSAGE, message(".google.protobuf.Struct")),
        field("value", 2, MESSAGE, message(".google.protobuf.Value")),
      ],
    },
  ],
});

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      ...[file_google_protobuf_any, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers].map(
        (f) => f.proto,
      ),
      proto3,
      proto2,
      edition2023,
    ],
  }),
);

/** The descriptor of a type of the files above, by its full name. */
export function typeNamed(name: string): DescMessage {
  const desc = registry.getMessage(name);
  if (desc === undefined) throw new Error(`the fixture has no type ${name}`);
  return desc;
}

/** Types that generated code handles. */
export const compiledTypes: readonly DescMessage[] = [
  "kinds.Empty",
  "kinds.Child",
  "kinds.Singular",
  "kinds.Wrappers",
  "kinds.Lists",
  "kinds.Maps",
  "old.Old",
  "old.Required",
  "new.Explicit",
  "new.Implicit",
  "google.protobuf.Timestamp",
  "google.protobuf.Any",
  "google.protobuf.Struct",
].map(typeNamed);

/** Types that are left to protobuf-es. */
export const leftTypes: readonly DescMessage[] = ["old.Grouped", "new.Delimited", "new.Json"].map(typeNamed);

const texts = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "",
    "\ufeffwith a mark",
    "a\ud800b",
    "\ufffd",
    "\0",
    "__proto__",
    "é".repeat(70),
    "x".repeat(126),
    "x".repeat(130),
    "x".repeat(700),
  ),
);

function int64s(min: bigint, max: bigint): fc.Arbitrary<bigint> {
  return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n, 127n, 128n, 1_764_000_000n));
}

function scalarValues(scalar: ScalarType): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return texts;
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 200 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return fc.oneof(fc.double(), fc.constantFrom(0, -0));
    case ScalarType.FLOAT:
      return fc.oneof(fc.float(), fc.constantFrom(0, -0));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.nat(), fc.constantFrom(0, 127, 128, 4_294_967_295));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer(), fc.constantFrom(0, -1, 127, 128, 2_147_483_647, -2_147_483_648));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return int64s(0n, 2n ** 64n - 1n);
    default:
      return int64s(-(2n ** 63n), 2n ** 63n - 1n);
  }
}

function enumValues(desc: DescField & { enum: NonNullable<DescField["enum"]> }): fc.Arbitrary<number> {
  const known = fc.constantFrom(...desc.enum.values.map((value) => value.number));
  return desc.enum.open ? fc.oneof(known, fc.integer()) : known;
}

function fieldValues(desc: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (desc.fieldKind) {
    case "scalar":
      return desc.longAsString ? scalarValues(desc.scalar).map(String) : scalarValues(desc.scalar);
    case "enum":
      return enumValues(desc);
    case "message": {
      if (desc.message.typeName === "google.protobuf.Struct")
        return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })) as fc.Arbitrary<unknown>;
      const wrapped = unwrapped(desc);
      return wrapped === undefined ? messages(desc.message, depth - 1) : fieldValues(wrapped, depth);
    }
    case "list": {
      const items =
        desc.listKind === "message"
          ? messages(desc.message, depth - 1)
          : desc.listKind === "enum"
            ? enumValues(desc)
            : desc.longAsString
              ? scalarValues(desc.scalar).map(String)
              : scalarValues(desc.scalar);
      return fc.array(items, { maxLength: desc.listKind === "message" ? 2 : 20 });
    }
    case "map": {
      const values =
        desc.mapKind === "message"
          ? messages(desc.message, depth - 1)
          : desc.mapKind === "enum"
            ? enumValues(desc)
            : scalarValues(desc.scalar);
      const keys = scalarValues(desc.mapKey).map(String);
      return fc.array(fc.tuple(keys, values), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
    }
  }
}

/** Arbitrary messages of a type: any of its fields set, nested to a depth. */
export function messages(desc: DescMessage, depth = 2): fc.Arbitrary<Message> {
  const members = desc.members.filter((member) => depth > 0 || member.kind === "oneof" || member.message === undefined);
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of members) {
    if (member.kind === "field") {
      values[member.localName] = fieldValues(member, depth);
    } else {
      const cases = member.fields.filter((f) => depth > 0 || f.message === undefined);
      values[member.localName] = fc.oneof(...cases.map((f) => fc.record({ case: fc.constant(f.localName), value: fieldValues(f, depth) })));
    }
  }
  const required = desc.fields.filter((f) => f.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED).map((f) => f.localName);
  // The init has no prototype, because `create` takes inherited properties for fields (`has_own_property`).
  // Most fields unset is what messages look like, and keeps the examples small.
  return fc
    .subarray(Object.keys(values), { maxLength: Math.min(12, Object.keys(values).length) })
    .chain((names) => {
      const chosen = new Set([...names, ...required]);
      return fc.record(Object.fromEntries(Object.entries(values).filter(([name]) => chosen.has(name))));
    })
    .map((init) => create(desc, Object.assign(Object.create(null), init)));
}
