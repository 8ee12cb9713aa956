/** One operation, by one of its HTTP bindings, as OpenAPI has it. */
import type { HttpBinding, Operation } from "../contract.ts";
import type { Access } from "./access.ts";
import { accessOf } from "./access.ts";
import type { DocumentedPath } from "./documented-path.ts";
import type { ErrorKinds } from "./error-responses.ts";
import { errorResponses, requestIdHeader } from "./error-responses.ts";
import type { OperationObject, Response, Schema } from "./model.ts";
import { parametersOf, requestBodyOf } from "./parameters.ts";
import { contractReasons, splitComment } from "./reasons.ts";
import type { Schemas } from "./schemas.ts";

export interface OperationContext {
  readonly schemas: Schemas;
  readonly comments: Readonly<Record<string, string>>;
  readonly errors: ErrorKinds;
  /** The tag of the operation's service. */
  readonly tag: string;
  /** Counts the bindings of one operation, from 0. */
  readonly nth: number;
}

export interface DocumentedOperation {
  readonly object: OperationObject;
  readonly reasons: readonly string[];
}

/** @throws TypeError where the contract gives the operation no access rule, or a reason that no error table has. */
export function documentOperation(
  operation: Operation,
  binding: HttpBinding,
  path: DocumentedPath,
  context: OperationContext,
): DocumentedOperation {
  const { method } = operation;
  const { schemas, comments, errors, tag, nth } = context;
  const access = accessRuleOf(operation);
  const comment = splitComment(operation, comments[`${method.parent.typeName}.${method.name}`] ?? "");
  const reasons = [...new Set([...contractReasons(operation, binding, path, access), ...comment.reasons])];
  const parameters = parametersOf(method.input, binding, path, { schemas, comments });
  const requestBody = requestBodyOf(method.input, binding, path, schemas);
  const object: OperationObject = {
    operationId: `${tag}_${method.name}${nth === 0 ? "" : `_${nth + 1}`}`,
    tags: [tag],
    ...(comment.text !== "" && { summary: firstSentence(comment.text) }),
    description: [comment.text, access.sentence].filter((text) => text !== "").join("\n\n"),
    ...(method.proto.options?.deprecated && { deprecated: true }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: {
      [operation.successStatus]: successResponse(operation, binding, schemas),
      ...errorResponses(reasons, errors),
      default: { $ref: "#/components/responses/Error" },
    },
    security: access.security,
    "x-arcana-access": access.rule,
    "x-arcana-operation": operation.name,
  };
  return { object, reasons };
}

function accessRuleOf({ name, rule }: Operation): Access {
  const access = rule && accessOf(rule);
  if (access === undefined) throw new TypeError(`${name} has no access rule, so that nobody may call it`);
  return access;
}

function firstSentence(text: string): string {
  return text.replace(/\.(\s.*)?$/s, "").replace(/^(.*?)[.;:] .*$/s, "$1");
}

function successResponse({ method, successStatus, bare }: Operation, { responseField }: HttpBinding, schemas: Schemas): Response {
  if (successStatus === 204) return { description: "Done; there is nothing to answer.", headers: requestIdHeader };
  const answer = responseField === undefined ? schemas.message(method.output, "output") : schemas.answer(responseField);
  return {
    description: successStatus === 201 ? "Created." : "Done.",
    headers: requestIdHeader,
    content: { "application/json": { schema: bare ? answer : envelope(answer) } },
  };
}

function envelope(data: Schema): Schema {
  return { type: "object", properties: { success: { const: true }, data }, required: ["success", "data"] };
}
