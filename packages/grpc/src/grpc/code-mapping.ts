import { Code } from "@connectrpc/connect";
import { ErrorCode } from "../http2/error-code.ts";

const fromHttpStatus = new Map<number, Code>([
  [400, Code.Internal],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.Unimplemented],
  [429, Code.Unavailable],
  [502, Code.Unavailable],
  [503, Code.Unavailable],
  [504, Code.Unavailable],
]);

/**
 * The code that stands for an answer which is not gRPC's own, such as one of a proxy: "HTTP to gRPC Status Code Mapping".
 * An answer with `grpc-status` is never judged by its HTTP status.
 */
export function codeFromHttpStatus(status: number): Code {
  return fromHttpStatus.get(status) ?? Code.Unknown;
}

const fromErrorCode = new Map<number, Code>([
  [ErrorCode.REFUSED_STREAM, Code.Unavailable],
  [ErrorCode.CANCEL, Code.Canceled],
  [ErrorCode.ENHANCE_YOUR_CALM, Code.ResourceExhausted],
  [ErrorCode.INADEQUATE_SECURITY, Code.PermissionDenied],
]);

/** The code of a call that the server ended by RST_STREAM: gRPC over HTTP/2, "HTTP2 Transport Mapping: Errors". Any other error code is the server's fault. */
export function codeFromErrorCode(errorCode: number): Code {
  return fromErrorCode.get(errorCode) ?? Code.Internal;
}
