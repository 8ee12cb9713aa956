/** The `buf.validate` rules of a field as plain data, whatever type they are of. */
import type { DescField } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { FieldRulesSchema, field as fieldOption } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

export type RuleValue = string | number | boolean | Uint8Array;

export interface DeclaredRules {
  /** The type that the rules are for, such as `string`; undefined where only general rules are declared. */
  readonly type: string | undefined;
  /** The rules that take one value, by proto name, such as `min_len` and `gte`. 64-bit values are numbers here. */
  readonly single: ReadonlyMap<string, RuleValue>;
  /** The rules that take a list, such as `in` and `not_in`. */
  readonly lists: ReadonlyMap<string, readonly RuleValue[]>;
}

/** The rules that the contract puts on a field. */
export function fieldRulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined;
}

/** The rules of the field's type that are set; those not set are not there, whatever their default. */
export function declaredRules(rules: FieldRules): DeclaredRules {
  const single = new Map<string, RuleValue>();
  const lists = new Map<string, readonly RuleValue[]>();
  const { type } = rules;
  const message = FieldRulesSchema.fields.find((field) => field.localName === type.case)?.message;
  if (type.case === undefined || message === undefined) return { type: undefined, single, lists };
  const declared = reflect(message, type.value);
  for (const field of declared.fields) {
    if (!declared.isSet(field)) continue;
    if (field.fieldKind === "list") lists.set(field.name, [...declared.get(field)].flatMap(plain));
    else for (const value of plain(declared.get(field))) single.set(field.name, value);
  }
  return { type: type.case, single, lists };
}

/** Rules within rules, and values that are messages, are left out. */
function plain(value: unknown): RuleValue[] {
  if (typeof value === "bigint") return [Number(value)];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value instanceof Uint8Array ? [value] : [];
}
