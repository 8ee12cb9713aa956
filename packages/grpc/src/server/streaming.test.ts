import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type ClientHttp2Stream, connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { type TestContext, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Interceptor, type ServiceImpl } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { status } from "@grpc/grpc-js";
import { withPrefix } from "../grpc/message.ts";
import { createGrpcServer, type GrpcServerOptions } from "./server.ts";
import { Echo } from "./testing/echo-service.ts";
import { GrpcJsEcho, serialize } from "./testing/grpc-js-echo.ts";

/** A server of what is given, with a client of connect-node and one of @grpc/grpc-js. */
async function serve(t: TestContext, implementation: Partial<ServiceImpl<typeof Echo>>, options: Partial<GrpcServerOptions> = {}) {
  const server = createGrpcServer({ routes: (router) => void router.service(Echo, implementation), ...options });
  const { port } = await server.listen();
  const connect = createClient(Echo, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }));
  const grpcJs = new GrpcJsEcho(port);
  t.after(async () => {
    grpcJs.close();
    await server.close();
  });
  return { server, connect, grpcJs, port };
}

const text = (value: string) => create(StringValueSchema, { value });

/** A call of Node's own HTTP/2: what a client does on its own account is left out. */
function rawCall(t: TestContext, port: number, method: string, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  const head = { ":method": "POST", ":path": `/test.Echo/${method}`, "content-type": "application/grpc", te: "trailers", ...headers };
  return session.request(head);
}

async function* texts(...values: readonly string[]): AsyncGenerator<StringValue> {
  for (const value of values) yield text(value);
}

async function collect(messages: AsyncIterable<StringValue>): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of messages) values.push(value);
  return values;
}

async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  try {
    await promise;
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new assert.AssertionError({ message: "it did not fail" });
}

test("a server's stream comes whole and in order", async (t) => {
  const { connect, grpcJs } = await serve(t, {
    async *split(request) {
      for (const value of request.value.split(" ")) yield { value };
    },
  });
  assert.deepEqual(await collect(connect.split(text("a bc def"))), ["a", "bc", "def"]);
  assert.deepEqual(await collect(grpcJs.split(text("a bc def"))), ["a", "bc", "def"]);
  assert.deepEqual(await collect(connect.split({ value: Array.from({ length: 5000 }, (_, i) => i).join(" ") })), [
    ...Array.from({ length: 5000 }, (_, i) => String(i)),
  ]);
});

test("a stream without messages ends well", async (t) => {
  const { connect, grpcJs } = await serve(t, { async *split() {} });
  assert.deepEqual(await collect(connect.split({})), []);
  assert.deepEqual(await collect(grpcJs.split(text(""))), []);
});

test("a client's stream is read to its end and answered once", async (t) => {
  const { connect } = await serve(t, {
    async join(requests) {
      return { value: (await collect(requests)).join("+") };
    },
  });
  assert.equal((await connect.join(texts("a", "b", "c"))).value, "a+b+c");
  assert.equal((await connect.join(texts())).value, "");
});

test("both directions run at once: each message is answered before the next is sent", async (t) => {
  const { grpcJs } = await serve(t, {
    async *chat(requests) {
      for await (const { value } of requests) yield { value: `re: ${value}` };
    },
  });
  const call = grpcJs.chat();
  const answers: string[] = [];
  call.write(text("1"));
  for await (const { value } of call as AsyncIterable<StringValue>) {
    answers.push(value);
    if (answers.length < 5) call.write(text(String(answers.length + 1)));
    else call.end();
  }
  assert.deepEqual(answers, ["re: 1", "re: 2", "re: 3", "re: 4", "re: 5"]);
});

test("a handler that answers without reading the requests ends the call", async (t) => {
  const { grpcJs } = await serve(t, {
    async *chat() {
      yield { value: "enough" };
    },
  });
  const call = grpcJs.chat();
  call.write(text("not read"));
  const ended = new Promise<number>((resolve) => call.on("status", ({ code }) => resolve(code)));
  assert.deepEqual(await collect(call as AsyncIterable<StringValue>), ["enough"]);
  assert.equal(await ended, status.OK);
});

test("a client that does not read holds the handler back", async (t) => {
  const size = 10_000;
  const count = 2000;
  let sent = 0;
  const { port } = await serve(t, {
    async *split() {
      for (; sent < count; sent++) yield { value: "x".repeat(size) };
    },
  });
  // Node's HTTP/2 grants no more than a window to a stream that nobody reads.
  const stream = rawCall(t, port, "Split");
  stream.end(withPrefix(serialize(text("")), false));
  await new Promise((resolve) => stream.once("response", resolve));
  let last = -1;
  while (last !== sent) {
    last = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(sent > 0 && sent * size < 1_000_000, `${sent} messages were sent to nobody`);
  let received = 0;
  for await (const chunk of stream) received += (chunk as Buffer).length;
  assert.equal(received, count * withPrefix(serialize(text("x".repeat(size))), false).length);
});

test("a handler that does not read holds the client back", async (t) => {
  const begin = Promise.withResolvers<void>();
  let total = 0;
  const { grpcJs, server } = await serve(t, {
    async *chat(requests) {
      await begin.promise;
      for await (const { value } of requests) total += value.length;
      yield { value: String(total) };
    },
  });
  const call = grpcJs.chat();
  for (let i = 0; i < 400; i++) call.write(text("x".repeat(10_000)));
  call.end();
  while (server.connectionCount === 0) await new Promise((resolve) => setImmediate(resolve));
  begin.resolve();
  assert.deepEqual(await collect(call as AsyncIterable<StringValue>), ["4000000"]);
});

test("metadata and an error in the midst of a stream reach the client", async (t) => {
  const { connect } = await serve(t, {
    async *split(_, context) {
      context.responseHeader.set("x-head", "h");
      context.responseTrailer.set("x-trail", "t");
      yield { value: "one" };
      throw new ConnectError("broken", Code.DataLoss);
    },
  });
  const values: string[] = [];
  let head: string | null = null;
  const error = await failure(
    (async () => {
      const messages = connect.split(
        {},
        {
          onHeader: (headers) => {
            head = headers.get("x-head");
          },
        },
      );
      for await (const { value } of messages) values.push(value);
    })(),
  );
  assert.equal(head, "h");
  assert.deepEqual(values, ["one"]);
  assert.equal(error.code, Code.DataLoss);
  assert.equal(error.rawMessage, "broken");
  assert.equal(error.metadata.get("x-trail"), "t");
});

test("a client that goes away ends the handler's generator and aborts its signal", async (t) => {
  const left = Promise.withResolvers<unknown>();
  const { connect } = await serve(t, {
    async *split(_, context) {
      const { signal } = context;
      try {
        for (;;) {
          yield { value: "tick" };
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        left.resolve(signal.reason);
      }
    },
  });
  const controller = new AbortController();
  const error = await failure(
    (async () => {
      for await (const _ of connect.split({}, { signal: controller.signal })) controller.abort();
    })(),
  );
  assert.equal(error.code, Code.Canceled);
  assert.equal(ConnectError.from(await left.promise).code, Code.Canceled);
});

test("a deadline ends a stream whose handler waits for requests that do not come", async (t) => {
  const seen = Promise.withResolvers<ConnectError>();
  const { port } = await serve(t, {
    async *chat(requests) {
      yield { value: "hello" };
      try {
        for await (const { value } of requests) yield { value };
      } catch (error) {
        seen.resolve(ConnectError.from(error));
        throw error;
      }
    },
  });
  const stream = rawCall(t, port, "Chat", { "grpc-timeout": "50m" });
  const trailers = new Promise<unknown>((resolve) => stream.once("trailers", (fields) => resolve(fields["grpc-status"])));
  stream.resume();
  assert.equal(await trailers, String(Code.DeadlineExceeded));
  assert.equal((await seen.promise).code, Code.DeadlineExceeded);
});

test("interceptors see the messages of both directions", async (t) => {
  const shout: Interceptor = (next) => async (request) => {
    if (!request.stream) return next(request);
    const response = await next({
      ...request,
      message: (async function* () {
        for await (const message of request.message) yield text(`${(message as StringValue).value}!`);
      })(),
    } as typeof request);
    if (!response.stream) return response;
    return {
      ...response,
      message: (async function* () {
        for await (const message of response.message) yield text((message as StringValue).value.toUpperCase());
        response.trailer.set("x-shouted", "yes");
      })(),
    };
  };
  const { connect } = await serve(
    t,
    {
      async *chat(requests) {
        for await (const { value } of requests) yield { value };
      },
      join: async (requests) => ({ value: (await collect(requests)).join("") }),
    },
    { interceptors: [shout] },
  );
  let trailer: Headers | undefined;
  const messages = connect.chat(texts("a", "b"), {
    onTrailer: (received) => {
      trailer = received;
    },
  });
  assert.deepEqual(await collect(messages), ["A!", "B!"]);
  assert.equal(trailer?.get("x-shouted"), "yes");
  assert.equal((await connect.join(texts("a", "b"))).value, "A!B!");
});

test("compressed messages are understood, and sent to clients that take them", async (t) => {
  const { port } = await serve(
    t,
    {
      say: (request) => ({ value: request.value }),
      async *split(request) {
        yield { value: request.value };
        yield { value: "short" };
      },
      join: async (requests) => ({ value: (await collect(requests)).join("") }),
    },
    { compressMinBytes: 1024, maxMessageBytes: 1_000_000 },
  );
  const { compressionGzip } = await import("@connectrpc/connect-node");
  const transport = createGrpcTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    sendCompression: compressionGzip,
    acceptCompression: [compressionGzip],
    compressMinBytes: 100,
  });
  const client = createClient(Echo, transport);
  const long = "abc".repeat(10_000);
  let encoding: string | null = null;
  const answer = await client.say(
    { value: long },
    {
      onHeader: (headers) => {
        encoding = headers.get("grpc-encoding");
      },
    },
  );
  assert.equal(answer.value, long);
  assert.equal(encoding, "gzip");
  assert.deepEqual(await collect(client.split({ value: long })), [long, "short"]);
  assert.equal((await client.join(texts(long, "-", long))).value, `${long}-${long}`);
  const bomb = await failure(client.say({ value: "0".repeat(20_000_000) }));
  assert.equal(bomb.code, Code.ResourceExhausted);
});

test("a stream's message above the limit is resource_exhausted", async (t) => {
  const { connect } = await serve(
    t,
    { join: async (requests) => ({ value: (await collect(requests)).join("") }) },
    { maxMessageBytes: 100 },
  );
  const error = await failure(connect.join(texts("a", "b".repeat(1000))));
  assert.equal(error.code, Code.ResourceExhausted);
});

test("plain HTTP that is no gRPC gets an answer of HTTP's", async (t) => {
  const { port } = await serve(t, {});
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  t.after(() => session.close());
  const ask = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const stream = session.request(headers);
      stream.on("response", (received) => resolve(received[":status"]));
      stream.on("error", reject);
      stream.end();
    });
  assert.equal(await ask({ ":method": "GET", ":path": "/" }), 405);
  assert.equal(await ask({ ":method": "POST", ":path": "/test.Echo/Say", "content-type": "application/json" }), 415);
  session.close();
});

test("listening on a port that is taken is refused", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  await assert.rejects(createGrpcServer({ routes: () => {}, port }).listen(), { code: "EADDRINUSE" });
});
