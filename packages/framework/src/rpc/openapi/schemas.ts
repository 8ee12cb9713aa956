/** Messages, fields and enums as schemas. */
import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Ignore } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { enumNames } from "../json/enum-names.ts";
import { nullIsValue } from "../json/field-form.ts";
import { fieldRulesOf } from "../validate/declared-rules.ts";
import { reachableMessages } from "../validate/reachable.ts";
import { isSensitive } from "../validate/rules.ts";
import type { Constraints } from "./constraints.ts";
import { constraintsOf, merge } from "./constraints.ts";
import { enumWithRules } from "./enum-rules.ts";
import { messageNotes } from "./message-notes.ts";
import type { Schema, SchemaType } from "./model.ts";
import { shortNames } from "./names.ts";
import { isRequired } from "./required.ts";
import { scalarSchema, wellKnownSchema } from "./scalar-schema.ts";

/** Requests are held against the rules and may leave fields out; answers always have every field. */
type Direction = "input" | "output";

export interface Schemas {
  /** A reference to the message's schema, which becomes one of the components; well-known types stand in place. */
  message(type: DescMessage, direction: Direction): Schema;
  /** The message's schema in place, without some of its fields. */
  messageWithout(type: DescMessage, fields: ReadonlySet<string>): Schema;
  /** The schema of a request field's value where it cannot be `null`, such as in a query. */
  value(field: DescField): Schema;
  /** The schema of a response field that is the whole answer. */
  answer(field: DescField): Schema;
  /** All that was referred to, by name, in order. */
  components(): Readonly<Record<string, Schema>>;
}

export interface SchemasOptions {
  readonly inputs: readonly DescMessage[];
  readonly outputs: readonly DescMessage[];
  /** By full name. */
  readonly comments: Readonly<Record<string, string>>;
  /** Component names that are taken. */
  readonly reserved: readonly string[];
}

export function createSchemas({ inputs, outputs, comments, reserved }: SchemasOptions): Schemas {
  const reachable = (types: readonly DescMessage[]) => new Set(types.flatMap((type) => [...reachableMessages(type)]));
  const [input, output] = [reachable(inputs), reachable(outputs)];
  const messages = [...input, ...output];
  const enums = messages.flatMap(({ fields }) => fields.flatMap((field) => field.enum ?? []));
  const names = shortNames([...messages, ...enums], reserved);
  const taken = new Set(names.values());
  const components = new Map<string, Schema>();

  /** A type that is asked with and answered with has two schemas. */
  const nameOf = (type: DescMessage | DescEnum, direction: Direction): string => {
    const name = names.get(type.typeName) ?? type.typeName;
    if (type.kind === "enum" || direction === "output" || !output.has(type)) return name;
    return taken.has(`${name}Input`) ? `${type.typeName}Input` : `${name}Input`;
  };
  const refer = (type: DescMessage | DescEnum, direction: Direction, make: () => Schema): Schema => {
    const name = nameOf(type, direction);
    if (!components.has(name)) {
      components.set(name, {}); // Its place: recursive types refer to themselves.
      components.set(name, make());
    }
    return { $ref: `#/components/schemas/${name}` };
  };
  const message = (type: DescMessage, direction: Direction): Schema =>
    wellKnownSchema(type) ?? refer(type, direction, () => messageSchema(type, direction, new Set()));

  function messageSchema(type: DescMessage, direction: Direction, without: ReadonlySet<string>): Schema {
    const fields = type.fields.filter(({ name }) => !without.has(name));
    const isThere = direction === "input" ? isRequired : (field: DescField) => field.oneof === undefined || !nullIsValue(field);
    const required = fields.filter(isThere).map(({ name }) => name);
    return {
      ...described([comments[type.typeName], ...(direction === "input" ? messageNotes(type) : [])]),
      ...(type.proto.options?.deprecated && { deprecated: true }),
      type: "object",
      properties: Object.fromEntries(fields.map((field) => [field.name, property(field, direction)])),
      ...(required.length > 0 && { required }),
    };
  }

  function property(field: DescField, direction: Direction): Schema {
    const { schema, notes } = direction === "input" ? constrained(field) : { schema: plainValue(field, "output"), notes: [] };
    const secret = isSensitive(field) && schema.type === "string";
    return {
      ...(isNullable(field, direction) ? nullable(schema) : schema),
      ...described([comments[`${field.parent.typeName}.${field.name}`], ...notes]),
      ...(field.proto.options?.deprecated && { deprecated: true }),
      ...(secret && { format: "password", ...(direction === "input" && { writeOnly: true }) }),
    };
  }

  /** The value of a request field with its rules. */
  function constrained(field: DescField): { schema: Schema; notes: readonly string[] } {
    const rules = fieldRulesOf(field);
    const constraints = constraintsOf(rules);
    const { notes } = constraints;
    if (field.fieldKind === "list" && rules?.type.case === "repeated") {
      const items = withRules(itemSchema(field, "input"), field, rules.type.value.items);
      return { schema: zeroPasses(field, rules, merge([{ type: "array", items }, constraints.schema])), notes };
    }
    if (field.fieldKind === "map" && rules?.type.case === "map") {
      const { keys, values } = rules.type.value;
      const key = constraintsOf(keys).schema;
      const schema = merge([
        { type: "object", additionalProperties: withRules(itemSchema(field, "input"), field, values) },
        Object.keys(key).length > 0 ? { propertyNames: key } : {},
        constraints.schema,
      ]);
      return { schema: zeroPasses(field, rules, schema), notes };
    }
    return { schema: zeroPasses(field, rules, withRules(plainValue(field, "input"), field, rules)), notes };
  }

  function withRules(schema: Schema, field: DescField, rules: FieldRules | undefined): Schema {
    if (field.enum !== undefined) return enumWithRules(field.enum, schema, rules);
    const constraints = constraintsOf(rules);
    return merge([schema, constraints.schema, isSensitive(field) ? {} : examples(constraints)]);
  }

  function plainValue(field: DescField, direction: Direction): Schema {
    if (field.fieldKind === "list") return { type: "array", items: itemSchema(field, direction) };
    if (field.fieldKind === "map") return { type: "object", additionalProperties: itemSchema(field, direction) };
    return itemSchema(field, direction);
  }

  function itemSchema(field: DescField, direction: Direction): Schema {
    if (field.message !== undefined) return message(field.message, direction);
    if (field.enum !== undefined) return enumSchema(field.enum);
    return scalarSchema(field.scalar, "longAsString" in field && field.longAsString);
  }

  function enumSchema(type: DescEnum): Schema {
    if (type.typeName === "google.protobuf.NullValue") return { type: "null" };
    return refer(type, "output", () => ({
      ...described([comments[type.typeName]]),
      type: "string",
      enum: [...enumNames(type).byNumber.values()],
    }));
  }

  return {
    message,
    messageWithout: (type, fields) => ({ title: nameOf(type, "input"), ...messageSchema(type, "input", fields) }),
    value: (field) => constrained(field).schema,
    answer: (field) => plainValue(field, "output"),
    components: () => Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Rules with `IGNORE_IF_ZERO_VALUE` let the zero value of fields pass that do not know whether they are set. */
function zeroPasses(field: DescField, rules: FieldRules | undefined, schema: Schema): Schema {
  if (rules?.ignore !== Ignore.IF_ZERO_VALUE || field.fieldKind === "message") return schema;
  if (field.fieldKind === "list") return { anyOf: [{ type: "array", maxItems: 0 }, schema] };
  if (field.fieldKind === "map") return { anyOf: [{ type: "object", maxProperties: 0 }, schema] };
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT || field.enum !== undefined) return schema;
  return { anyOf: [{ const: zeroOf(field.scalar) }, schema] };
}

function zeroOf(scalar: ScalarType): string | number | boolean {
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return "";
  return scalar === ScalarType.BOOL ? false : 0;
}

function described(sentences: readonly (string | undefined)[]): Schema {
  const description = sentences.filter((text) => text !== undefined).join(" ");
  return description === "" ? {} : { description };
}

function examples({ examples: values }: Constraints): Schema {
  return values.length > 0 ? { examples: values } : {};
}

function isNullable(field: DescField, direction: Direction): boolean {
  if (field.fieldKind === "list" || field.fieldKind === "map" || nullIsValue(field)) return false;
  if (direction === "input" && isRequired(field)) return false;
  return field.presence === FeatureSet_FieldPresence.EXPLICIT;
}

/** The schema, or `null`. */
function nullable(schema: Schema): Schema {
  const { type } = schema;
  if (type === undefined || "const" in schema || "anyOf" in schema) return { anyOf: [schema, { type: "null" }] };
  const types: readonly SchemaType[] = typeof type === "string" ? [type] : type;
  return { ...schema, type: [...types, "null"], ...(schema.enum && { enum: [...schema.enum, null] }) };
}
