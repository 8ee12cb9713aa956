/** The one error as Connect's, with the standard details of `google.rpc`: how it leaves over gRPC, Connect and gRPC-Web. */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import type { ArcanaError } from "../error/index.ts";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { codeNumbers, errorDomain } from "./errors.ts";

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
