import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createLibrary } from "./testing/library.ts";
import { exchange, listen, parseAnswer } from "./testing/wire.ts";

const chunks = '7\r\n{"a":1}\r\n0\r\n\r\n';
const post = (head: string, body = "", version = "1.1") =>
  `POST /v1/books HTTP/${version}\r\n${head}Content-Type: application/json\r\nConnection: close\r\n\r\n${body}`;

/** Requests that no sound client sends, with the status and code that they get. */
const unsound: readonly (readonly [what: string, bytes: string, status: number, code: string])[] = [
  ["HTTP/0.9", "GET /health\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["two Host headers", "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["two equal Host headers", "GET /health HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["no Host header", "GET /health HTTP/1.1\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["a malformed Host header", "GET /health HTTP/1.1\r\nHost: a/b c\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["two hosts in one header", "GET /health HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "INVALID_ARGUMENT"],
  [
    "two Authorization headers",
    "GET /health HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nauthorization: Bearer y\r\n\r\n",
    400,
    "INVALID_ARGUMENT",
  ],
  ["both framings", post("Host: a\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n", chunks), 400, "INVALID_ARGUMENT"],
  [
    "both framings, the other way round",
    post("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n", chunks),
    400,
    "INVALID_ARGUMENT",
  ],
  ["HTTP/1.0 with Transfer-Encoding", post("Host: a\r\nTransfer-Encoding: chunked\r\n", chunks, "1.0"), 400, "INVALID_ARGUMENT"],
  [
    "HTTP/1.0 with both framings",
    post("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n", chunks, "1.0"),
    400,
    "INVALID_ARGUMENT",
  ],
  ["another coding below chunked", post("Host: a\r\nTransfer-Encoding: gzip, chunked\r\n", chunks), 501, "NOT_IMPLEMENTED"],
  ["chunked twice", post("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks), 400, "INVALID_ARGUMENT"],
  ["chunked not last", post("Host: a\r\nTransfer-Encoding: chunked, gzip\r\n", chunks), 400, "INVALID_ARGUMENT"],
  ["an unknown coding", post("Host: a\r\nTransfer-Encoding: xchunked\r\n", chunks), 400, "INVALID_ARGUMENT"],
  ["the identity coding", post("Host: a\r\nTransfer-Encoding: identity\r\n", "{}"), 400, "INVALID_ARGUMENT"],
  ["two lengths", post("Host: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400, "INVALID_ARGUMENT"],
  ["a length with a sign", post("Host: a\r\nContent-Length: +2\r\n", "{}"), 400, "INVALID_ARGUMENT"],
  ["a malformed chunk", post("Host: a\r\nTransfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), 400, "INVALID_ARGUMENT"],
  ["a space before the colon", "GET /health HTTP/1.1\r\nHost : a\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["a folded header", "GET /health HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["an unknown version", "GET /health HTTP/1.7\r\nHost: a\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["an unknown method", "BREW /health HTTP/1.1\r\nHost: a\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00", 400, "INVALID_ARGUMENT"],
  ["a head beyond the limit", `GET /health HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
  ["a raw byte in the path", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["a path that is not UTF-8", "GET /v1/books/%ff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400, "INVALID_ARGUMENT"],
  ["an unknown path", "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404, "NOT_FOUND"],
  ["a method that Fastify does not know", "PROPFIND /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405, "METHOD_NOT_ALLOWED"],
  ["a body that is not JSON", post("Host: a\r\nContent-Length: 1\r\n", "{"), 400, "INVALID_JSON"],
  ["a chunked body that is not UTF-8", post("Host: a\r\nTransfer-Encoding: chunked\r\n", '3\r\n"\xff"\r\n0\r\n\r\n'), 400, "INVALID_JSON"],
  ["a length beyond the limit", post("Host: a\r\nContent-Length: 100000000\r\n"), 413, "PAYLOAD_TOO_LARGE"],
];

test("whatever is sent, the answer has the one form of errors, and the server goes on", async (context) => {
  const port = await listen(await createLibrary(), context);
  for (const [what, bytes, status, code] of unsound) {
    const answer = parseAnswer(await exchange(port, Buffer.from(bytes, "latin1")));
    const { success, error } = JSON.parse(answer.body);
    assert.deepEqual([success, answer.status, error.code], [false, status, code], what);
    assert.equal(answer.headers.get("x-request-id"), error.trace_id, what);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff", what);
    assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8", what);
    assert.equal(answer.headers.get("content-length"), String(Buffer.byteLength(answer.body)), what);
    assert.equal(answer.headers.get("connection"), "close", what);
  }
  const good = parseAnswer(await exchange(port, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  assert.equal(good.status, 200);
});

test("a body that turns out larger than the limit is refused while it comes", async (context) => {
  const port = await listen(await createLibrary({ server: { bodyLimit: 100 } }), context);
  const endless = `${"40\r\n"}${"x".repeat(64)}\r\n`.repeat(3);
  const answer = parseAnswer(await exchange(port, post("Host: a\r\nTransfer-Encoding: chunked\r\n", endless)));
  assert.deepEqual([answer.status, JSON.parse(answer.body).error.code], [413, "PAYLOAD_TOO_LARGE"]);
});

test("what is unusual but sound is served", async (context) => {
  const port = await listen(await createLibrary(), context);
  const sound = [
    "GET /health HTTP/1.0\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    "GET /health HTTP/1.1\r\nhOST: [::1]:8080\r\nConnection: close\r\n\r\n",
    "GET http://other.example/health?x=/ HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{",
    "GET /%68ealth HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    post("Host: a\r\nTransfer-Encoding: CHUNKED\r\n", chunks),
  ];
  for (const bytes of sound) assert.match((await exchange(port, bytes)).split("\r\n")[0] ?? "", /^HTTP\/1\.1 20[01] /, bytes);
});

/** A promise, and the function that keeps it. */
function promised(): { readonly kept: Promise<void>; readonly keep: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { kept: promise, keep: resolve };
}

test("what comes malformed behind a sound request is answered after it", async (context) => {
  const [arrival, release] = [promised(), promised()];
  const act = async (): Promise<undefined> => {
    arrival.keep();
    await release.kept;
  };
  const fastify = await createLibrary({ act });
  const port = await listen(fastify, context);
  const refused = once(fastify.server, "clientError");
  const answers = exchange(port, "GET /health HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");
  await Promise.all([arrival.kept, refused]);
  release.keep();
  const statuses = (await answers).match(/HTTP\/1\.1 \d+ /g);
  assert.deepEqual(statuses, ["HTTP/1.1 200 ", "HTTP/1.1 400 "]);
});

test("the signal of a call aborts when the client goes away, and not when the answer was sent", async (context) => {
  const signals: AbortSignal[] = [];
  const arrival = promised();
  const fastify = await createLibrary({
    act: async (_request, { signal }, { name }) => {
      signals.push(signal);
      if (name !== "GetBook") return;
      arrival.keep();
      if (!signal.aborted) await once(signal, "abort");
    },
  });
  const port = await listen(fastify, context);
  await exchange(port, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /v1/books/7 HTTP/1.1\r\nHost: a\r\n\r\n");
  await arrival.kept;
  const [answered, abandoned] = signals;
  assert(answered && abandoned);
  assert.equal(abandoned.aborted, false);
  socket.destroy();
  await once(abandoned, "abort");
  assert.equal(answered.aborted, false);
});

test("a client that goes away while it sends is no fault of the server's", async (context) => {
  const faults: unknown[] = [];
  const fastify = await createLibrary({ onFault: (fault) => faults.push(fault.error) });
  const closed = once(fastify.server, "connection").then(([socket]: Socket[]) => new Promise((resolve) => socket?.once("close", resolve)));
  const port = await listen(fastify, context);
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /v1/books HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  await once(fastify.server, "request");
  socket.resetAndDestroy();
  await closed;
  assert.deepEqual(faults, []);
});

test("a request that was on its way when the instance began to close is still served", async (context) => {
  const fastify = await createLibrary();
  const connection = once(fastify.server, "connection");
  const port = await listen(fastify, context);
  const head = "GET /health HTTP/1.1\r\nHost: a\r\n";
  const socket = connect(port, "127.0.0.1");
  socket.write(head);
  const [accepted] = (await connection) as Socket[];
  while ((accepted?.bytesRead ?? 0) < head.length) await setImmediate();
  const closing = fastify.close();
  socket.write("\r\n");
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  await once(socket, "close");
  await closing;
  const answer = parseAnswer(Buffer.concat(received).toString());
  assert.deepEqual([answer.status, answer.headers.get("connection")], [200, "close"]);
});
