import type { Field, JsonSchema } from "./field.ts";
import type { Section } from "./schema.ts";

/** The configuration files' form as JSON Schema 2020-12, for editors. A key without a default is not `required`: another layer may set it. */
export function jsonSchemaOf(schema: Section, title: string): JsonSchema {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title, ...sectionSchema(schema) };
}

function sectionSchema(section: Section): JsonSchema {
  const members = Object.entries(section.members).map(([name, node]) => [
    name,
    node.kind === "section" ? sectionSchema(node) : keySchema(node),
  ]);
  return {
    type: "object",
    ...(section.doc && { description: section.doc }),
    properties: Object.fromEntries(members),
    additionalProperties: false,
  };
}

function keySchema(field: Field<unknown>): JsonSchema {
  return { ...field.jsonSchema, description: field.doc, ...(field.default !== undefined && { default: field.default }) };
}
