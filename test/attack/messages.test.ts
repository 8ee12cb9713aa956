// Messages that cannot be read, over gRPC, gRPC-Web and Connect: the same reason over each, in our words.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { assertNothingInside } from "./discretion.ts";
import type { RawCall, RawFailure } from "./raw-rpc.ts";
import { failConnect, failGrpc, failGrpcWeb, frame } from "./raw-rpc.ts";
import type { Target } from "./target.ts";
import { attacks, startTarget } from "./target.ts";

const target = await startTarget({ "server.max_body_size": "64kb", "server.grpc.max_message_size": "64kb" });

type Expected = readonly [status: number, reason: string];

const notReadable: Expected = [Code.InvalidArgument, "INVALID_ARGUMENT"];
const tooLarge: Expected = [Code.ResourceExhausted, "PAYLOAD_TOO_LARGE"];
const notDone: Expected = [Code.Unimplemented, "NOT_IMPLEMENTED"];

function assertFailure(failure: RawFailure, [status, reason]: Expected): void {
  assertNothingInside(failure.text);
  assert.deepEqual([failure.status, failure.reason], [status, reason], failure.text);
  assert.match(failure.text, /x-request-id|RequestInfo|requestId/, "the answer names its request");
}

/** The same bytes of protobuf over all three. */
function unreadable(expected: Expected, ...messages: readonly Uint8Array[]) {
  return async ({ server: { ports } }: Target): Promise<void> => {
    for (const message of messages) {
      assertFailure(await failGrpc(ports.grpc, { body: frame(0, message) }), expected);
      assertFailure(await failGrpcWeb(ports.rest, { body: frame(0, message) }), expected);
      assertFailure(await failConnect(ports.rest, { body: message }), expected);
    }
  };
}

/** The same envelopes over both that have some. */
function enveloped(expected: Expected, ...calls: readonly RawCall[]) {
  return async ({ server: { ports } }: Target): Promise<void> => {
    for (const call of calls) {
      assertFailure(await failGrpc(ports.grpc, call), expected);
      assertFailure(await failGrpcWeb(ports.rest, call), expected);
    }
  };
}

const nothing = new Uint8Array();
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const json = { "content-type": "application/json" };
const bomb = gzipSync(Buffer.alloc(20_000_000));

attacks(target, {
  "bytes that are no protobuf are refused as the client's fault": unreadable(
    notReadable,
    bytes(0xff, 0xff, 0xff, 0xff),
    bytes(0x0a, 0x7f),
    bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
    bytes(0x0b),
    bytes(0x0f),
    Buffer.alloc(10_000, 0x63),
  ),

  "text that is not UTF-8 is refused": unreadable(
    notReadable,
    bytes(0x0a, 0x02, 0xff, 0xfe),
    bytes(0x0a, 0x02, 0xc0, 0x80),
    bytes(0x0a, 0x03, 0xed, 0xa0, 0x80),
  ),

  "a message that is too large is refused": unreadable(tooLarge, Buffer.alloc(70_000)),

  "a length beyond all bounds reserves no memory": async (target) => {
    const before = process.memoryUsage().rss;
    await enveloped(tooLarge, { body: frame(0, nothing, 0xffff_ffff) }, { body: frame(0, bytes(1), 0x7fff_ffff) })(target);
    assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  },

  "a message that is shorter than announced is refused": enveloped(notReadable, { body: bytes(0, 0) }, { body: frame(0, bytes(1), 100) }),

  "none or two messages where one is wanted are refused": enveloped(
    notDone,
    { body: nothing },
    { body: Buffer.concat([frame(0, nothing), frame(0, nothing)]) },
  ),

  "a compression that is not understood is said to be so": async (target) => {
    await enveloped(notDone, { headers: { "grpc-encoding": "lzma" }, body: frame(1, bytes(1, 2, 3)) })(target);
    const { rest } = target.server.ports;
    assertFailure(await failConnect(rest, { headers: { "content-encoding": "lzma" } }), notDone);
  },

  "a message that is marked as compressed and is not is refused": async (target) => {
    await enveloped(
      notReadable,
      { body: frame(1, bytes(1, 2, 3)) },
      { headers: { "grpc-encoding": "gzip" }, body: frame(1, bytes(1, 2, 3)) },
    )(target);
    assertFailure(await failConnect(target.server.ports.rest, { headers: { "content-encoding": "gzip" }, body: bytes(1) }), notReadable);
  },

  "a message that grows beyond the limit when it is unpacked is refused": async (target) => {
    await enveloped(tooLarge, { headers: { "grpc-encoding": "gzip" }, body: frame(1, bomb) })(target);
    assertFailure(await failConnect(target.server.ports.rest, { headers: { "content-encoding": "gzip" }, body: bomb }), tooLarge);
  },

  "a deadline that is none is refused": async (target) => {
    for (const timeout of ["abc", "-1S", "1", "999999999S", "1.5S", ""]) {
      await enveloped(notReadable, { headers: { "grpc-timeout": timeout } })(target);
    }
    assertFailure(await failConnect(target.server.ports.rest, { headers: { "connect-timeout-ms": "abc" } }), notReadable);
  },

  "a deadline of years is as good as none": async ({ server: { ports } }) => {
    const invalid: Expected = [Code.InvalidArgument, "VALIDATION_ERROR"];
    assertFailure(await failGrpc(ports.grpc, { headers: { "grpc-timeout": "99999999H" } }), invalid);
    assertFailure(await failGrpcWeb(ports.rest, { headers: { "grpc-timeout": "2592000S" } }), invalid);
    assertFailure(await failConnect(ports.rest, { headers: { "connect-timeout-ms": "9999999999" } }), invalid);
  },

  "JSON over Connect is read as strictly as over REST, and none of it comes back": async ({ server: { ports }, secrets }) => {
    secrets.push("hunter2-over-connect");
    const cases: readonly (readonly [body: string | Uint8Array, reason: string])[] = [
      ["{", "INVALID_JSON"],
      ['{"password":"hunter2-over-connect"', "INVALID_JSON"],
      ["hunter2-over-connect", "INVALID_JSON"],
      [bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), "INVALID_JSON"],
      ["[]", "INVALID_ARGUMENT"],
      ['{"password":98765432109876}', "INVALID_ARGUMENT"],
      ['{"username_or_email":"\\ud800","password":"x"}', "INVALID_ARGUMENT"],
      ['{"__proto__":{"username_or_email":"a","password":"b"}}', "VALIDATION_ERROR"],
      [`{"unknown":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, "VALIDATION_ERROR"],
    ];
    for (const [body, reason] of cases) {
      const failure = await failConnect(ports.rest, { headers: json, body: Buffer.from(body as string) });
      assertFailure(failure, [Code.InvalidArgument, reason]);
      assert.doesNotMatch(failure.text, /hunter2|98765432109876/);
    }
    assertFailure(await failConnect(ports.rest, { headers: json, body: Buffer.from(`{"a":"${"x".repeat(70_000)}"}`) }), tooLarge);
  },

  "JSON over gRPC is read as strictly": async ({ server: { ports } }) => {
    const headers = { "content-type": "application/grpc+json" };
    assertFailure(await failGrpc(ports.grpc, { headers, body: frame(0, Buffer.from("{")) }), [Code.InvalidArgument, "INVALID_JSON"]);
    assertFailure(await failGrpc(ports.grpc, { headers, body: frame(0, Buffer.from('{"password":1}')) }), notReadable);
  },

  "what is none of the protocols is 415 or 405, in the form of the port": async ({ server: { ports } }) => {
    for (const [method, type, status, code] of [
      ["POST", "application/grpc", 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["POST", "application/grpc-web-text", 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["POST", "text/html", 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["PUT", "application/proto", 405, "METHOD_NOT_ALLOWED"],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${ports.rest}/arcana.auth.v1.AuthService/Login`, {
        method,
        headers: { "content-type": type },
        body: "x",
      });
      const { success, error } = (await response.json()) as { success: boolean; error: { code: string; trace_id: string } };
      assert.deepEqual([response.status, success, error.code], [status, false, code], type);
      assert.equal(error.trace_id, response.headers.get("x-request-id"));
    }
  },

  "an operation that does not exist is said not to": async ({ server: { ports } }) => {
    for (const path of ["/arcana.auth.v1.AuthService/Nothing", "/nothing.v1.Nothing/Nothing", "/", "/health", `/${"x".repeat(5000)}`]) {
      const failure = await failGrpc(ports.grpc, { path });
      assert.deepEqual([failure.status, failure.reason], notDone);
      assertNothingInside(failure.text);
    }
    const response = await fetch(`http://127.0.0.1:${ports.rest}/arcana.auth.v1.AuthService/Nothing`, {
      method: "POST",
      headers: json,
      body: "{}",
    });
    assert.equal(response.status, 404);
  },

  "an id of a request that is not sane is replaced over gRPC as well": async ({ server: { ports } }) => {
    for (const id of ["x".repeat(500), "a b", "<script>"]) {
      const { text } = await failGrpc(ports.grpc, { headers: { "x-request-id": id } });
      assert.ok(!text.includes(id));
    }
    assert.match((await failGrpc(ports.grpc, { headers: { "x-request-id": "good-1" } })).text, /x-request-id,good-1/);
  },
});
