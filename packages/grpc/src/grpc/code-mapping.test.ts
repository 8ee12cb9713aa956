import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import { codeFromHttpStatus as connectCode } from "@connectrpc/connect/protocol-grpc";
import { ErrorCode } from "../http2/error-code.ts";
import { codeFromErrorCode, codeFromHttpStatus } from "./code-mapping.ts";

test("HTTP statuses map as gRPC's table says, and as Connect maps them", () => {
  const table: Record<number, Code> = {
    400: Code.Internal,
    401: Code.Unauthenticated,
    403: Code.PermissionDenied,
    404: Code.Unimplemented,
    429: Code.Unavailable,
    502: Code.Unavailable,
    503: Code.Unavailable,
    504: Code.Unavailable,
  };
  for (let status = 100; status < 600; status++) {
    assert.equal(codeFromHttpStatus(status), table[status] ?? Code.Unknown, String(status));
    assert.equal(codeFromHttpStatus(status), connectCode(status), String(status));
  }
  assert.equal(codeFromHttpStatus(Number.NaN), Code.Unknown);
});

test("error codes of RST_STREAM map as gRPC over HTTP/2 says", () => {
  const table: Record<keyof typeof ErrorCode, Code> = {
    NO_ERROR: Code.Internal,
    PROTOCOL_ERROR: Code.Internal,
    INTERNAL_ERROR: Code.Internal,
    FLOW_CONTROL_ERROR: Code.Internal,
    SETTINGS_TIMEOUT: Code.Internal,
    STREAM_CLOSED: Code.Internal,
    FRAME_SIZE_ERROR: Code.Internal,
    REFUSED_STREAM: Code.Unavailable,
    CANCEL: Code.Canceled,
    COMPRESSION_ERROR: Code.Internal,
    CONNECT_ERROR: Code.Internal,
    ENHANCE_YOUR_CALM: Code.ResourceExhausted,
    INADEQUATE_SECURITY: Code.PermissionDenied,
    HTTP_1_1_REQUIRED: Code.Internal,
  };
  for (const [name, code] of Object.entries(ErrorCode)) assert.equal(codeFromErrorCode(code), table[name as keyof typeof ErrorCode], name);
  assert.equal(codeFromErrorCode(0xffff_ffff), Code.Internal);
});
