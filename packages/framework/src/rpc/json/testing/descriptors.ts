/** Short words for descriptors that tests build at run time. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, setExtension } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import type { DescriptorProtoSchema, EnumValueOptions, FieldDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { EnumValueOptionsSchema, FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type } from "@bufbuild/protobuf/wkt";
import { rest_name } from "../../../gen/arcana/access/v1/access_pb.ts";

export type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;
export type MessageInit = MessageInitShape<typeof DescriptorProtoSchema>;

/** Numbers the fields in their order and gives them the JSON names that protoc would. */
export function message(name: string, fields: readonly FieldInit[], more: MessageInit = {}): MessageInit {
  const numbered = fields.map((field, index) => ({
    label: Label.OPTIONAL,
    ...field,
    number: index + 1,
    jsonName: field.jsonName ?? protoCamelCase(field.name ?? ""),
  }));
  return { name, field: numbered as NonNullable<MessageInit["field"]>, ...more };
}

export function ofMessage(name: string, typeName: string, more: FieldInit = {}): FieldInit {
  return { name, type: Type.MESSAGE, typeName, ...more };
}

export function ofEnum(name: string, typeName: string, more: FieldInit = {}): FieldInit {
  return { name, type: Type.ENUM, typeName, ...more };
}

/** The option that gives an enum value its REST name. */
export function restName(name: string): EnumValueOptions {
  const options = create(EnumValueOptionsSchema);
  setExtension(options, rest_name, name);
  return options;
}
