/** How protobuf-es keeps the values of a field, where that is not as the descriptor says. */
import type { DescField, DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";

/**
 * `object`: a `google.protobuf.Struct`, kept as the plain object that it stands for. `wrapped`: a wrapper such as
 * `google.protobuf.StringValue`, kept as the bare value. `message`: any other, kept as it is.
 */
export function localForm(field: DescField & { readonly message: DescMessage }): "object" | "wrapped" | "message" {
  if (field.message.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value") return "object";
  const alone = field.fieldKind === "message" && field.oneof === undefined;
  return alone && isWrapperDesc(field.message) ? "wrapped" : "message";
}

/** The scalar type that a wrapper wraps. */
export function wrappedScalar(wrapper: DescMessage): ScalarType {
  const scalar = wrapper.fields[0]?.scalar;
  if (scalar === undefined) throw new TypeError(`${wrapper.typeName} is no wrapper`);
  return scalar;
}

/** Whether JSON's `null` sets the field to a value, where elsewhere it means unset. */
export function nullIsValue(field: DescField): boolean {
  return field.message?.typeName === "google.protobuf.Value" || field.enum?.typeName === "google.protobuf.NullValue";
}
