/**
 * What was thrown as the one error, also where it comes from the wire: there it is Connect's, with the standard details of
 * `google.rpc`.
 *
 * This way back reads the reason from the details and the code from the trailer or body, never from an HTTP status.
 */
import type { Code as ConnectCode, ConnectError } from "@connectrpc/connect";
import type { Code, FieldViolation } from "../error/index.ts";
import { ArcanaError, codes, frameworkError, type frameworkErrors } from "../error/index.ts";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";

/** The `domain` of the `ErrorInfo` of our errors. */
export const errorDomain = "arcana";

/** The numbers of the codes (https://grpc.io/docs/guides/status-codes/), which Connect has taken over. */
export const codeNumbers: Readonly<Record<Code, ConnectCode>> = {
  canceled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
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
  if (isConnectError(thrown)) return fromConnectError(thrown);
  if (thrown instanceof Error && thrown.name === "AbortError")
    return frameworkError("CANCELED", "the call was canceled", { cause: thrown });
  return frameworkError("INTERNAL_ERROR", "internal error", { cause: thrown });
}

/** By its form, as Connect itself does it: the class would bring all of Connect, of which REST needs nothing. */
function isConnectError(thrown: unknown): thrown is ConnectError {
  return thrown instanceof Error && thrown.name === "ConnectError" && "code" in thrown && "findDetails" in thrown;
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
