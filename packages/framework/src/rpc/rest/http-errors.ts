/** Errors that Fastify, its plugins and Node raise around an operation, as the one error of the framework. */
import type { ArcanaError, frameworkErrors } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import { toArcanaError } from "../errors.ts";

type Meaning = readonly [reason: keyof typeof frameworkErrors, message: string];

const fastifyErrors: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", ["UNSUPPORTED_MEDIA_TYPE", "the body must be of the content type application/json"]],
  ["FST_ERR_CTP_BODY_TOO_LARGE", ["PAYLOAD_TOO_LARGE", "the body is larger than the limit"]],
  ["FST_ERR_CTP_INVALID_CONTENT_LENGTH", ["INVALID_ARGUMENT", "the body is not as long as Content-Length says"]],
  ["FST_ERR_BAD_URL", ["INVALID_ARGUMENT", "the path is not percent-encoded UTF-8"]],
  ["FST_ERR_MAX_PARAM_LENGTH", ["INVALID_ARGUMENT", "a part of the path is too long"]],
  ["FST_ERR_HANDLER_TIMEOUT", ["TIMEOUT", "the operation did not finish in time"]],
]);

/** Plugins of Fastify speak in statuses. Their texts are not ours to pass on. */
const statuses: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [400, ["INVALID_ARGUMENT", "the request is malformed"]],
  [401, ["UNAUTHORIZED", "the request needs a token"]],
  [403, ["FORBIDDEN", "the request is not allowed"]],
  [404, ["NOT_FOUND", "there is nothing at this address"]],
  [413, ["PAYLOAD_TOO_LARGE", "the body is larger than the limit"]],
  [415, ["UNSUPPORTED_MEDIA_TYPE", "the content type is not understood"]],
  [429, ["RATE_LIMIT_EXCEEDED", "too many requests"]],
]);

/** What reached Fastify's error handler, as the error a client may see; what is unknown is hidden. */
export function fastifyError(thrown: unknown): ArcanaError {
  if (!(thrown instanceof Error)) return toArcanaError(thrown);
  const { code = "", statusCode = 0 } = thrown as Error & { readonly code?: string; readonly statusCode?: number };
  const meaning = fastifyErrors.get(code) ?? statuses.get(statusCode);
  return meaning === undefined ? toArcanaError(thrown) : frameworkError(...meaning, { cause: thrown });
}

const parserErrors: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["HPE_HEADER_OVERFLOW", ["HEADERS_TOO_LARGE", "the head of the request is larger than the limit"]],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", ["PAYLOAD_TOO_LARGE", "the extensions of the body's chunks are larger than the limit"]],
  ["ERR_HTTP_REQUEST_TIMEOUT", ["REQUEST_TIMEOUT", "the request did not arrive in time"]],
]);

/** What Node's HTTP parser raised, where there is no request yet. */
export function parserError(thrown: Error & { readonly code?: string }): ArcanaError {
  const [reason, message] =
    parserErrors.get(thrown.code ?? "") ?? (["INVALID_ARGUMENT", "the request is not well-formed HTTP/1.1"] as const);
  return frameworkError(reason, message, { cause: thrown });
}
