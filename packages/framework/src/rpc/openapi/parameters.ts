/** Where the fields of a request come from: path, query or body. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { HttpBinding } from "../contract.ts";
import type { DocumentedPath } from "./documented-path.ts";
import type { Parameter, RequestBody, Schema } from "./model.ts";
import { isRequired } from "./required.ts";
import { wellKnownSchema } from "./scalar-schema.ts";
import type { Schemas } from "./schemas.ts";

interface Source {
  readonly schemas: Schemas;
  readonly comments: Readonly<Record<string, string>>;
}

/** The parameters in the path, then those in the query. */
export function parametersOf(input: DescMessage, { body }: HttpBinding, path: DocumentedPath, source: Source): readonly Parameter[] {
  const inPath = path.variables.map(({ name, pattern }): Parameter => {
    const note = pattern === undefined ? undefined : `Of the form \`${pattern}\`.`;
    return { ...parameter(name, "path", fieldAt(input, name), source, note), required: true };
  });
  if (body.kind === "all") return inPath;
  const taken = new Set(path.variables.map(({ name }) => name));
  if (body.kind === "field") taken.add(body.field.name);
  return [...inPath, ...queryParameters(input, "", taken, new Set(), source)];
}

/** The body; undefined where there is none. */
export function requestBodyOf(input: DescMessage, { body }: HttpBinding, path: DocumentedPath, schemas: Schemas): RequestBody | undefined {
  if (body.kind === "none") return undefined;
  const inPath = new Set(path.variables.map(({ name }) => name));
  const whole = (): Schema => (inPath.size === 0 ? schemas.message(input, "input") : schemas.messageWithout(input, inPath));
  const schema = body.kind === "all" ? whole() : schemas.value(body.field);
  return { required: true, content: { "application/json": { schema } } };
}

/** The field that a dotted path leads to. @throws TypeError where there is none. */
function fieldAt(input: DescMessage, path: string): DescField {
  let message: DescMessage | undefined = input;
  let found: DescField | undefined;
  for (const name of path.split(".")) {
    found = message?.fields.find((field) => field.name === name);
    message = found?.message;
  }
  if (found === undefined) throw new TypeError(`${input.typeName} has no field ${path}, which its HTTP rule names`);
  return found;
}

/** A parameter for each field that text can hold; those of messages within have dotted names. */
function queryParameters(
  type: DescMessage,
  prefix: string,
  taken: ReadonlySet<string>,
  within: ReadonlySet<DescMessage>,
  source: Source,
): Parameter[] {
  return type.fields.flatMap((field) => {
    const name = prefix + field.name;
    if (taken.has(name) || field.fieldKind === "map") return [];
    if (field.message === undefined || wellKnownSchema(field.message) !== undefined) return [parameter(name, "query", field, source)];
    if (field.fieldKind === "list" || within.has(field.message)) return [];
    return queryParameters(field.message, `${name}.`, taken, new Set([...within, type, field.message]), source);
  });
}

function parameter(name: string, where: "path" | "query", field: DescField, { schemas, comments }: Source, note?: string): Parameter {
  const description = [comments[`${field.parent.typeName}.${field.name}`], note].filter((text) => text !== undefined).join(" ");
  return {
    name,
    in: where,
    ...(description !== "" && { description }),
    // Beneath a message that may be left out, nothing has to be given.
    ...(isRequired(field) && !name.includes(".") && { required: true }),
    ...(field.proto.options?.deprecated && { deprecated: true }),
    schema: schemas.value(field),
  };
}
