/** What an operation answers when it fails: a response for each HTTP status, with the reasons that lead to it. */
import type { ErrorKind } from "../../error/index.ts";
import { ArcanaError } from "../../error/index.ts";
import type { Example, Header, MediaType, Response, Schema } from "./model.ts";

export type ErrorKinds = Readonly<Record<string, ErrorKind>>;

const code: Schema = { type: "string", description: "The kind of failure, such as `NOT_FOUND`, for programs to decide by." };
const reason: Schema = { type: "string", description: "What exactly went wrong, such as `USER_NOT_FOUND`." };
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

const detail: Schema = {
  type: "object",
  description: "What is wrong with one field of the request.",
  properties: {
    field: { type: "string", description: "The path of the field, such as `tags[2].name`; missing where the request as a whole is meant." },
    message: { type: "string" },
    code: { type: "string", description: "The rule that was broken, such as `string.email`." },
  },
  required: ["message", "code"],
};

const details: Schema = { type: "array", items: { $ref: "#/components/schemas/ErrorDetail" }, description: "The wrong fields, if any." };
const trace: Schema = { type: "string", description: "Under which the server's log has the call." };

/** The schemas of errors, by component name. */
export const errorSchemas = {
  ErrorDetail: detail,
  Error: {
    type: "object",
    description: "The answer of every call that fails.",
    properties: {
      success: { const: false },
      error: {
        type: "object",
        properties: {
          code,
          reason,
          message: { type: "string", description: "For people; its wording may change." },
          details,
          trace_id: trace,
        },
        required: ["code", "message", "trace_id"],
      },
    },
    required: ["success", "error"],
  },
  Problem: {
    type: "object",
    description: "The same as problem details (RFC 9457), for clients that accept `application/problem+json`.",
    properties: {
      type: { type: "string", format: "uri-reference" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
      code,
      reason,
      errors: details,
      trace_id: trace,
    },
    required: ["title", "status"],
  },
} as const satisfies Readonly<Record<string, Schema>>;

export const headers: Readonly<Record<string, Header>> = {
  "x-request-id": { description: "The id of the call: the client's, where it sent a sane one.", schema: { type: "string" } },
  "retry-after": { description: "In how many seconds to try again.", schema: { type: "integer", minimum: 0 } },
};

export const requestIdHeader = { "x-request-id": { $ref: "#/components/headers/x-request-id" } } as const;
const retryAfterHeader = { "retry-after": { $ref: "#/components/headers/retry-after" } } as const;

const content = (examples?: NonNullable<MediaType["examples"]>): NonNullable<Response["content"]> => ({
  "application/json": { schema: { $ref: "#/components/schemas/Error" }, ...(examples && { examples }) },
  "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
});

/** Any failure that an operation does not name. */
export const unnamedError: Response = { description: "Any other failure.", headers: requestIdHeader, content: content() };

/** The responses for the reasons, by HTTP status in order. @throws TypeError for a reason that is in no table. */
export function errorResponses(reasons: readonly string[], kinds: ErrorKinds): Readonly<Record<string, Response>> {
  const byStatus = Map.groupBy(
    reasons.map((reason) => errorOf(reason, kinds)),
    ({ http }) => http,
  );
  return Object.fromEntries([...byStatus].sort(([a], [b]) => a - b).map(([status, errors]) => [status, responseOf(status, errors)]));
}

function responseOf(status: number, errors: readonly ArcanaError[]): Response {
  const lines = errors.map(({ reason, message }) => `- \`${reason}\`: ${message}`);
  const examples = Object.fromEntries(errors.map(({ reason }) => [reason, { $ref: `#/components/examples/${reason}` }]));
  return {
    description: lines.join("\n"),
    headers: { ...requestIdHeader, ...(status === 429 && retryAfterHeader) },
    content: content(examples),
  };
}

/** The error bodies that the responses refer to, by reason in order. */
export function errorExamples(reasons: Iterable<string>, kinds: ErrorKinds): Readonly<Record<string, Example>> {
  return Object.fromEntries([...new Set(reasons)].sort().map((reason) => [reason, exampleOf(errorOf(reason, kinds))]));
}

function exampleOf({ reason, family, message }: ArcanaError): Example {
  const details = [{ field: "email", message: "must be a valid email address", code: "string.email" }];
  return {
    summary: reason,
    value: {
      success: false,
      error: { code: family, reason, message, ...(reason === "VALIDATION_ERROR" && { details }), trace_id: traceId },
    },
  };
}

/** The reason's error, its message the sentence of the table: an error knows its own family and status. */
function errorOf(reason: string, kinds: ErrorKinds): ArcanaError {
  const kind = kinds[reason];
  if (kind === undefined) throw new TypeError(`no error table has the reason ${reason}`);
  return new ArcanaError(reason, kind, kind.about);
}
