import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { Metadata, status } from "@grpc/grpc-js";
import { gzipCompression } from "../grpc/compression.ts";
import { encodeRichStatus } from "../grpc/rich-status.ts";
import { Echo } from "../server/testing/echo-service.ts";
import { startEcho, text } from "./testing/grpc-js-server.ts";
import { createGrpcTransport } from "./transport.ts";
import type { GrpcTransportOptions } from "./transport-options.ts";

type Say = NonNullable<Parameters<typeof startEcho>[0]>;

async function echo(t: TestContext, say?: Say, options: Partial<GrpcTransportOptions> = {}, serverOptions = {}) {
  const server = await startEcho(say, serverOptions);
  const transport = createGrpcTransport({ baseUrl: server.url, ...options });
  t.after(() => {
    transport.close(0);
    server.stop();
  });
  return { server, transport, client: createClient(Echo, transport) };
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => assert.fail("the call went well"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectError, String(error));
  return error;
}

test("a unary call is answered", async (t) => {
  const { client } = await echo(t);
  assert.equal((await client.say({ value: "hello" })).value, "hello");
  assert.equal((await client.say({})).value, "");
});

test("hundreds of calls at once each get their own answer", async (t) => {
  const { client, server } = await echo(t);
  const values = Array.from({ length: 500 }, (_, index) => `n${index}`);
  const answers = await Promise.all(values.map((value) => client.say({ value })));
  assert.deepEqual(
    answers.map(({ value }) => value),
    values,
  );
  assert.equal(server.said(), 500);
});

test("a large message goes through windows and frames both ways", async (t) => {
  const { client } = await echo(t);
  const value = "x".repeat(3_000_000);
  assert.equal((await client.say({ value })).value, value);
});

test("metadata goes both ways, as text and as bytes", async (t) => {
  const { client } = await echo(t, (call, answer) => {
    const header = new Metadata();
    header.set("x-seen", String(call.metadata.get("x-text")[0]));
    call.sendMetadata(header);
    const trailer = new Metadata();
    trailer.set("x-bytes-bin", call.metadata.get("x-bytes-bin")[0] as Buffer);
    answer(null, call.request, trailer);
  });
  let seen: string | null = null;
  let bytes: string | null = null;
  await client.say(
    {},
    {
      headers: { "x-text": "abc", "x-bytes-bin": "AAEC/w" },
      onHeader: (header) => (seen = header.get("x-seen")),
      onTrailer: (trailer) => (bytes = trailer.get("x-bytes-bin")),
    },
  );
  assert.deepEqual([seen, Buffer.from(bytes ?? "", "base64")], ["abc", Buffer.from([0, 1, 2, 255])]);
});

test("an error comes with code, message, details and metadata", async (t) => {
  const { client } = await echo(t, (_call, answer) => {
    const metadata = new Metadata();
    metadata.set("x-why", "because");
    const details = [{ type: "google.protobuf.StringValue", value: new Uint8Array([10, 1, 65]) }];
    metadata.set("grpc-status-details-bin", Buffer.from(encodeRichStatus(5, "no such thing: ä", details)));
    answer({ code: status.NOT_FOUND, details: "no such thing: ä", metadata });
  });
  const error = await failure(client.say({}));
  assert.deepEqual([error.code, error.rawMessage, error.metadata.get("x-why")], [Code.NotFound, "no such thing: ä", "because"]);
  assert.deepEqual(error.details, [{ type: "google.protobuf.StringValue", value: new Uint8Array([10, 1, 65]) }]);
});

test("a method that the server does not have is unimplemented", async (t) => {
  const { transport } = await echo(t);
  const method = { ...Echo.method.say, name: "Nothing" } as typeof Echo.method.say;
  const error = await failure(transport.unary(method, undefined, undefined, undefined, {}));
  assert.equal(error.code, Code.Unimplemented);
});

test("the deadline is told to the server, and kept when it does not answer", async (t) => {
  let deadline: unknown;
  let cancelled: () => void = () => {};
  const wasCancelled = new Promise<void>((resolve) => (cancelled = resolve));
  const { client } = await echo(t, (call) => {
    deadline = call.getDeadline();
    call.on("cancelled", cancelled);
  });
  await client.split({}, { timeoutMs: 5000 })[Symbol.asyncIterator]().next();
  const started = performance.now();
  const endsAt = Date.now() + 150;
  const error = await failure(client.say({}, { timeoutMs: 150 }));
  const tookMs = performance.now() - started;
  assert.equal(error.code, Code.DeadlineExceeded);
  assert.ok(tookMs >= 149 && tookMs < 1500, `${tookMs} ms`);
  assert.ok(Math.abs(Number(deadline) - endsAt) < 100, `${Number(deadline)} is not about ${endsAt}`);
  await wasCancelled;
});

test("an aborted call is cancelled, on the server too", async (t) => {
  const controller = new AbortController();
  let cancelled: () => void = () => {};
  const wasCancelled = new Promise<void>((resolve) => (cancelled = resolve));
  const { client } = await echo(t, (call) => {
    call.on("cancelled", cancelled);
    controller.abort();
  });
  assert.equal((await failure(client.say({}, { signal: controller.signal }))).code, Code.Canceled);
  await wasCancelled;
  assert.equal((await failure(client.say({}, { signal: controller.signal }))).code, Code.Canceled, "aborted before it began");
});

test("requests and answers are compressed", async (t) => {
  const { client } = await echo(t, undefined, { sendCompression: gzipCompression }, { "grpc.default_compression_algorithm": 2 });
  const value = "compress me ".repeat(1000);
  assert.equal((await client.say({ value })).value, value);
  assert.equal((await client.say({ value: "short" })).value, "short");
});

test("an answer that is too long is resource_exhausted, and a request too", async (t) => {
  const { client, transport } = await echo(t, (_call, answer) => answer(null, text("x".repeat(5000))), {
    readMaxBytes: 1000,
    writeMaxBytes: 2000,
  });
  assert.equal((await failure(client.say({}))).code, Code.ResourceExhausted);
  assert.equal((await failure(client.say({ value: "x".repeat(3000) }))).code, Code.ResourceExhausted);
  transport.close();
  assert.equal((await failure(client.say({}))).code, Code.Unavailable);
});

test("interceptors see the request and the answer", async (t) => {
  const seen: string[] = [];
  const interceptor: Interceptor = (next) => async (request) => {
    request.header.set("x-text", "intercepted");
    seen.push(new URL(request.url).pathname);
    const response = await next(request);
    seen.push(String({ ...response }.header.get("x-seen")));
    return response;
  };
  const answering: Say = (call, answer) => {
    const header = new Metadata();
    header.set("x-seen", String(call.metadata.get("x-text")[0]));
    call.sendMetadata(header);
    answer(null, call.request);
  };
  const { client } = await echo(t, answering, { interceptors: [interceptor] });
  assert.equal((await client.say({ value: "a" }, { timeoutMs: 5000 })).value, "a");
  assert.deepEqual(seen, ["/test.Echo/Say", "intercepted"]);
});

test("when a connection has as many calls as the server allows, another is opened", async (t) => {
  const held: (() => void)[] = [];
  const peers = new Set<string>();
  const holding: Say = (call, answer) => {
    peers.add(call.getPeer());
    held.push(() => answer(null, call.request));
    if (held.length === 5) for (const release of held) release();
  };
  const { client } = await echo(t, holding, {}, { "grpc.max_concurrent_streams": 2 });
  const answers = await Promise.all(["a", "b", "c", "d", "e"].map((value) => client.say({ value }, { timeoutMs: 5000 })));
  assert.equal(answers.length, 5);
  assert.equal(peers.size, 3);
});

test("beyond the connections allowed, calls wait for their turn", async (t) => {
  const peers = new Set<string>();
  const slowly: Say = (call, answer) => {
    peers.add(call.getPeer());
    setImmediate(() => answer(null, call.request));
  };
  const { client } = await echo(t, slowly, { maxConnections: 1 }, { "grpc.max_concurrent_streams": 2 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => client.say({ value: `${index}` }, { timeoutMs: 5000 })));
  assert.deepEqual(
    answers.map(({ value }) => Number(value)),
    Array.from({ length: 20 }, (_, index) => index),
  );
  assert.equal(peers.size, 1);
});
