import type { ErrorKind } from "./error.ts";
import { errorTable } from "./error.ts";

/** The reasons that the framework itself gives. Each is its own public code. */
export const frameworkErrors = {
  VALIDATION_ERROR: {
    code: "invalid_argument",
    family: "VALIDATION_ERROR",
    http: 422,
    about: "One or more fields break the contract's rules; the answer names each.",
  },
  INVALID_JSON: { code: "invalid_argument", family: "INVALID_JSON", http: 400, about: "The body is not JSON, or not UTF-8." },
  INVALID_ARGUMENT: { code: "invalid_argument", about: "A value has the wrong type or form, such as a path id that is no UUID." },
  UNSUPPORTED_MEDIA_TYPE: {
    code: "invalid_argument",
    family: "UNSUPPORTED_MEDIA_TYPE",
    http: 415,
    about: "The body is of another content type than `application/json`.",
  },
  PAYLOAD_TOO_LARGE: {
    code: "resource_exhausted",
    family: "PAYLOAD_TOO_LARGE",
    http: 413,
    about: "The body or message is larger than the limit.",
  },
  HEADERS_TOO_LARGE: {
    code: "resource_exhausted",
    family: "HEADERS_TOO_LARGE",
    http: 431,
    about: "The head of the HTTP request is larger than the limit.",
  },
  REQUEST_TIMEOUT: {
    code: "deadline_exceeded",
    family: "REQUEST_TIMEOUT",
    http: 408,
    about: "The HTTP request did not arrive in time.",
  },
  NOT_FOUND: { code: "not_found", about: "There is nothing at this address." },
  METHOD_NOT_ALLOWED: {
    code: "unimplemented",
    family: "METHOD_NOT_ALLOWED",
    http: 405,
    about: "The address exists, the method does not; `Allow` names those that do.",
  },
  NOT_IMPLEMENTED: { code: "unimplemented", about: "The operation is not served here." },
  CONFLICT: { code: "aborted", about: "The write met another one; read again and retry." },
  UNAUTHORIZED: { code: "unauthenticated", about: "The operation needs a token and none was sent." },
  INVALID_TOKEN: {
    code: "unauthenticated",
    family: "INVALID_TOKEN",
    about: "The token is malformed, foreign, of the wrong type, or its session has ended.",
  },
  TOKEN_EXPIRED: { code: "unauthenticated", family: "TOKEN_EXPIRED", about: "The token was good and its time is over." },
  FORBIDDEN: { code: "permission_denied", about: "The caller's role does not allow the operation." },
  RATE_LIMIT_EXCEEDED: { code: "resource_exhausted", about: "Too many attempts; `Retry-After` says when to try again." },
  OVERLOADED: {
    code: "unavailable",
    family: "UNAVAILABLE",
    about: "The server's queue for this work is full; `Retry-After` says when to try again.",
  },
  UNAVAILABLE: { code: "unavailable", about: "A part that is needed does not answer, or the server is shutting down." },
  CIRCUIT_BREAKER_OPEN: {
    code: "unavailable",
    family: "CIRCUIT_BREAKER_OPEN",
    about: "A part that is needed failed repeatedly and is being spared.",
  },
  TIMEOUT: { code: "deadline_exceeded", about: "The operation did not finish within its deadline." },
  CANCELED: { code: "canceled", about: "The client went away before the answer." },
  INTERNAL_ERROR: { code: "internal", about: "A fault of the server; the log has the details under the trace id." },
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** Makes an error of one of the framework's reasons. */
export const frameworkError = errorTable(frameworkErrors);
