/**
 * The one error, on the wire: to and from Connect's error with the standard details of `google.rpc`.
 *
 * The way back reads the reason from the details and the code from the trailer or body, never from an HTTP status.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Interceptor, StreamResponse, UnaryResponse } from "@connectrpc/connect";
import { Code as ConnectCode, ConnectError } from "@connectrpc/connect";
import type { Code, FieldViolation } from "../error/index.ts";
import { ArcanaError, codes, frameworkError, type frameworkErrors } from "../error/index.ts";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { bearerChallenge } from "../security/bearer.ts";
import { callOf } from "./call.ts";

/** The `domain` of the `ErrorInfo` of our errors. */
export const errorDomain = "arcana";

const codeNumbers: Readonly<Record<Code, ConnectCode>> = {
  canceled: ConnectCode.Canceled,
  unknown: ConnectCode.Unknown,
  invalid_argument: ConnectCode.InvalidArgument,
  deadline_exceeded: ConnectCode.DeadlineExceeded,
  not_found: ConnectCode.NotFound,
  already_exists: ConnectCode.AlreadyExists,
  permission_denied: ConnectCode.PermissionDenied,
  resource_exhausted: ConnectCode.ResourceExhausted,
  failed_precondition: ConnectCode.FailedPrecondition,
  aborted: ConnectCode.Aborted,
  out_of_range: ConnectCode.OutOfRange,
  unimplemented: ConnectCode.Unimplemented,
  internal: ConnectCode.Internal,
  unavailable: ConnectCode.Unavailable,
  data_loss: ConnectCode.DataLoss,
  unauthenticated: ConnectCode.Unauthenticated,
};
const codeNames = new Map<ConnectCode, Code>(codes.map((name) => [codeNumbers[name], name]));

/** The framework's reason for an error that comes without one of its own, such as those of a transport. */
const plainReasons: Readonly<Record<Code, keyof typeof frameworkErrors>> = {
  canceled: "CANCELED",
  unknown: "INTERNAL_ERROR",
  invalid_argument: "INVALID_ARGUMENT",
  deadline_exceeded: "TIMEOUT",
  not_found: "NOT_FOUND",
  already_exists: "CONFLICT",
  permission_denied: "FORBIDDEN",
  resource_exhausted: "RATE_LIMIT_EXCEEDED",
  failed_precondition: "CONFLICT",
  aborted: "CONFLICT",
  out_of_range: "INVALID_ARGUMENT",
  unimplemented: "NOT_IMPLEMENTED",
  internal: "INTERNAL_ERROR",
  unavailable: "UNAVAILABLE",
  data_loss: "INTERNAL_ERROR",
  unauthenticated: "UNAUTHORIZED",
};

/**
 * What was thrown, as the error a client may see. An unknown error becomes INTERNAL_ERROR: its text stays in `cause`,
 * for the log alone.
 */
export function toArcanaError(thrown: unknown): ArcanaError {
  if (thrown instanceof ArcanaError) return thrown;
  if (thrown instanceof ConnectError) return fromConnectError(thrown);
  if (thrown instanceof Error && thrown.name === "AbortError")
    return frameworkError("CANCELED", "the call was canceled", { cause: thrown });
  return frameworkError("INTERNAL_ERROR", "internal error", { cause: thrown });
}

/** Reads our error out of Connect's: that of a peer, or one that a protocol adapter raised itself. */
export function fromConnectError(error: ConnectError): ArcanaError {
  const code = codeNames.get(error.code) ?? "unknown";
  const info = error.findDetails(ErrorInfoSchema)[0];
  const retry = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const violations = error
    .findDetails(BadRequestSchema)
    .flatMap((bad): FieldViolation[] =>
      bad.fieldViolations.map(({ field, description, reason }) => ({ field, message: description, code: reason })),
    );
  const options = { violations, cause: error, ...(retry && { retryAfterMs: Number(retry.seconds) * 1000 + retry.nanos / 1e6 }) };
  if (info?.domain === errorDomain) {
    const { family, http } = info.metadata;
    return new ArcanaError(
      info.reason,
      { code, ...(family && { family }), ...(http && { http: Number(http) }) },
      error.rawMessage,
      options,
    );
  }
  const reason = plainReasons[code];
  return frameworkError(reason, reason === "INTERNAL_ERROR" ? "internal error" : error.rawMessage, options);
}

/** Our error with its standard details, as Connect's adapters and clients know it. */
export function toConnectError(error: ArcanaError, requestId?: string): ConnectError {
  const converted = new ConnectError(error.message, codeNumbers[error.code], undefined, undefined, error);
  const metadata = { family: error.family, http: String(error.http) };
  converted.details = [{ desc: ErrorInfoSchema, value: { reason: error.reason, domain: errorDomain, metadata } }];
  if (error.violations.length > 0) {
    const fieldViolations = error.violations.map(({ field, message, code }) => ({ field, description: message, reason: code }));
    converted.details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (error.retryAfterMs !== undefined) {
    converted.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(error.retryAfterMs) } });
  }
  if (requestId !== undefined) converted.details.push({ desc: RequestInfoSchema, value: create(RequestInfoSchema, { requestId }) });
  return converted;
}

/**
 * The outermost interceptor of gRPC, Connect and gRPC-Web: errors leave with their details, every answer with its
 * `x-request-id`. The REST binding does the same in its own form.
 */
export const wireErrors: Interceptor = (next) => async (request) => {
  const { requestId } = callOf(request);
  const convert = (thrown: unknown): ConnectError => {
    const error = toArcanaError(thrown);
    const converted = toConnectError(error, requestId);
    converted.metadata.set("x-request-id", requestId);
    const challenge = bearerChallenge(error);
    if (challenge !== undefined) converted.metadata.set("www-authenticate", challenge);
    return converted;
  };
  try {
    const response = await next(request);
    response.header.set("x-request-id", requestId);
    return response.stream ? withConvertedErrors(response, convert) : response;
  } catch (thrown) {
    throw convert(thrown);
  }
};

function withConvertedErrors(response: StreamResponse, convert: (thrown: unknown) => ConnectError): StreamResponse {
  async function* messages(): AsyncGenerator<UnaryResponse["message"]> {
    try {
      yield* response.message;
    } catch (thrown) {
      throw convert(thrown);
    }
  }
  return { ...response, message: messages() };
}
