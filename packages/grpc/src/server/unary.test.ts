import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants } from "node:http2";
import { type TestContext, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import { Metadata, status } from "@grpc/grpc-js";
import { createGrpcServer, type GrpcServerOptions } from "./server.ts";
import { Echo } from "./testing/echo-service.ts";
import { GrpcJsEcho } from "./testing/grpc-js-echo.ts";

type Say = (text: string, context: HandlerContext) => unknown;

/** A server whose `Say` does what is given, and a client of @grpc/grpc-js. */
async function serve(t: TestContext, say: Say, options: Partial<GrpcServerOptions> = {}) {
  const server = createGrpcServer({
    routes: (router) =>
      void router.rpc(Echo.method.say, async (request, context) => {
        const answer = await say(request.value, context);
        return typeof answer === "string" ? { value: answer } : (answer as { value: string });
      }),
    ...options,
  });
  const { port } = await server.listen();
  const client = new GrpcJsEcho(port);
  t.after(async () => {
    client.close();
    await server.close();
  });
  return { server, client, port };
}

const text = (value: string) => create(StringValueSchema, { value });

test("a unary call is answered", async (t) => {
  const { client } = await serve(t, (value) => `you said ${value}`);
  const outcome = await client.unary(text("hello"));
  assert.equal(outcome.error, undefined);
  assert.equal(outcome.value, "you said hello");
});

test("a hundred calls on one connection get each their own answer", async (t) => {
  const { client } = await serve(t, async (value) => {
    if (value.endsWith("3")) await new Promise((resolve) => setImmediate(resolve));
    return value;
  });
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => client.unary(text(`call ${i}`))));
  assert.deepEqual(
    outcomes.map(({ value }) => value),
    Array.from({ length: 100 }, (_, i) => `call ${i}`),
  );
});

test("messages larger than every window and frame come through both ways", async (t) => {
  const { client } = await serve(t, (value) => value.toUpperCase());
  const { value, error } = await client.unary(text("x".repeat(3_000_000)));
  assert.equal(error, undefined);
  assert.equal(value, "X".repeat(3_000_000));
});

test("metadata goes both ways", async (t) => {
  const { client } = await serve(t, (_, context) => {
    context.responseHeader.set("x-head", `got ${context.requestHeader.get("x-ask")}`);
    context.responseTrailer.set("x-trail", "end");
    return "done";
  });
  const metadata = new Metadata();
  metadata.set("x-ask", "this");
  const { header, trailer, value } = await client.unary(text(""), {}, metadata);
  assert.equal(value, "done");
  assert.deepEqual(header.get("x-head"), ["got this"]);
  assert.deepEqual(trailer.get("x-trail"), ["end"]);
});

test("a ConnectError reaches the client with its message, metadata and details", async (t) => {
  const { client } = await serve(t, () => {
    throw new ConnectError("no such thing: Zoë", Code.NotFound, { "x-reason": "gone" }, [
      { desc: StringValueSchema, value: { value: "detail" } },
    ]);
  });
  const { error } = await client.unary(text(""));
  assert.equal(error?.code, status.NOT_FOUND);
  assert.equal(error.details, "no such thing: Zoë");
  assert.deepEqual(error.metadata.get("x-reason"), ["gone"]);
  const [details] = error.metadata.get("grpc-status-details-bin");
  assert.ok(Buffer.isBuffer(details) && details.includes("type.googleapis.com/google.protobuf.StringValue"));
});

test("a message with spaces around it does not break the answer", async (t) => {
  const { client } = await serve(t, () => {
    throw new ConnectError(" spaced ", Code.Aborted);
  });
  const { error } = await client.unary(text(""));
  assert.equal(error?.code, status.ABORTED);
  assert.equal(error.details, " spaced ");
});

test("any other error is internal, tells nothing, and is reported", async (t) => {
  const errors: unknown[] = [];
  const { client } = await serve(
    t,
    () => {
      throw new TypeError("the password is secret");
    },
    { onError: (error) => errors.push(error) },
  );
  const { error } = await client.unary(text(""));
  assert.equal(error?.code, status.INTERNAL);
  assert.doesNotMatch(error.details, /secret/);
  assert.match(String(errors[0]), /the password is secret/);
});

test("what no message can be made of is internal, and reported", async (t) => {
  const errors: unknown[] = [];
  const unreadable = {
    get value(): string {
      throw new TypeError("not to be read");
    },
  };
  const { client } = await serve(t, () => unreadable, { onError: (error) => errors.push(error) });
  const { error } = await client.unary(text(""));
  assert.equal(error?.code, status.INTERNAL);
  assert.match(String(errors[0]), /not to be read/);
});

test("a method or service that is not served is unimplemented", async (t) => {
  const { client } = await serve(t, () => "");
  for (const path of ["/test.Echo/Absent", "/test.Absent/Say"]) {
    const { error } = await client.unary(text(""), {}, new Metadata(), path);
    assert.equal(error?.code, status.UNIMPLEMENTED);
    assert.match(error.details, /is not served here/);
  }
});

test("a message above the limit is refused with resource_exhausted, and the connection serves on", async (t) => {
  const { client } = await serve(t, (value) => value, { maxMessageBytes: 1000 });
  const { error } = await client.unary(text("x".repeat(200_000)));
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.equal((await client.unary(text("small"))).value, "small");
});

test("an answer above the limit is resource_exhausted", async (t) => {
  const { client } = await serve(t, () => "x".repeat(2000), { maxMessageBytes: 1000 });
  assert.equal((await client.unary(text(""))).error?.code, status.RESOURCE_EXHAUSTED);
});

test("a deadline ends a call whose handler hangs, and its signal is aborted", async (t) => {
  const aborted = Promise.withResolvers<unknown>();
  const { client } = await serve(t, (_, context) => {
    const left = context.timeoutMs();
    assert.ok(left !== undefined && left > 0 && left <= 60_000);
    context.signal.addEventListener("abort", () => aborted.resolve(context.signal.reason));
    return new Promise(() => {});
  });
  const { error } = await client.unary(text(""), { deadline: Date.now() + 80 });
  assert.equal(error?.code, status.DEADLINE_EXCEEDED);
  const reason = await aborted.promise;
  assert.ok(reason instanceof ConnectError && (reason.code === Code.DeadlineExceeded || reason.code === Code.Canceled));
});

test("a client that cancels aborts the handler's signal", async (t) => {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const { client } = await serve(t, (_, context) => {
    context.signal.addEventListener("abort", () => aborted.resolve(context.signal.reason));
    started.resolve();
    return aborted.promise;
  });
  const call = client.client.makeUnaryRequest(
    "/test.Echo/Say",
    () => Buffer.alloc(0),
    String,
    text(""),
    () => {},
  );
  await started.promise;
  call.cancel();
  const reason = await aborted.promise;
  assert.ok(reason instanceof ConnectError);
  assert.equal(reason.code, Code.Canceled);
});

test("the signal of a call that went well is aborted when it is over", async (t) => {
  let signal: AbortSignal | undefined;
  const { client } = await serve(t, (_, context) => {
    signal = context.signal;
    assert.equal(signal.aborted, false);
    return "";
  });
  await client.unary(text(""));
  assert.equal(signal?.aborted, true);
});

test("the shutdown signal aborts the signals of calls that run, which can still answer", async (t) => {
  const shutdown = new AbortController();
  const { client } = await serve(
    t,
    (_, context) =>
      new Promise((resolve) => {
        context.signal.addEventListener("abort", () => resolve(`stopped: ${context.signal.reason}`));
        shutdown.abort("bye");
      }),
    { shutdownSignal: shutdown.signal },
  );
  assert.equal((await client.unary(text(""))).value, "stopped: bye");
});

test("interceptors wrap the handler, the first outermost, and may replace request and answer", async (t) => {
  const order: string[] = [];
  const noting =
    (name: string): Interceptor =>
    (next) =>
    async (request) => {
      order.push(`${name} in ${request.method.name}`);
      const header = new Headers(request.header);
      header.append("x-seen", name);
      const response = await next({ ...request, header } as typeof request);
      order.push(`${name} out`);
      response.trailer.append("x-out", name);
      return { ...response };
    };
  const { client } = await serve(t, (_, context) => context.requestHeader.get("x-seen") ?? "", {
    interceptors: [noting("a"), noting("b")],
  });
  const { value, trailer } = await client.unary(text(""));
  assert.equal(value, "a, b");
  assert.deepEqual(trailer.get("x-out"), ["b, a"]);
  assert.deepEqual(order, ["a in Say", "b in Say", "b out", "a out"]);
});

test("a drain lets what runs finish, and takes no more", async (t) => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const { client, server } = await serve(t, async () => {
    started.resolve();
    await finish.promise;
    return "finished";
  });
  const running = client.unary(text(""));
  await started.promise;
  const drained = server.drain();
  assert.equal(server.address, undefined);
  assert.equal(server.connectionCount, 1);
  finish.resolve();
  assert.equal((await running).value, "finished");
  await drained;
  assert.equal(server.connectionCount, 0);
});

test("a drain with a grace period cuts off what takes longer", async (t) => {
  const started = Promise.withResolvers<void>();
  const { client, server } = await serve(t, () => {
    started.resolve();
    return new Promise(() => {});
  });
  const running = client.unary(text(""));
  await started.promise;
  await server.drain(20);
  assert.notEqual((await running).error, undefined);
});

test("calls that are reset while their handlers run still count: no more run at a time than the limit", async (t) => {
  let running = 0;
  let most = 0;
  const { port, client } = await serve(
    t,
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 30));
      running--;
      return "";
    },
    { maxConcurrentStreams: 5 },
  );
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  t.after(() => session.destroy());
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  const closed: Promise<unknown>[] = [];
  for (let i = 0; i < 40; i++) {
    const stream = session.request({ ":method": "POST", ":path": "/test.Echo/Say", "content-type": "application/grpc", te: "trailers" });
    stream.on("error", () => {});
    stream.end(Buffer.alloc(5));
    closed.push(once(stream, "close"));
    setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
  }
  await Promise.all(closed);
  // Another client is served as ever.
  assert.equal((await client.unary(text(""))).error, undefined);
  assert.ok(most > 0 && most <= 6, `${most} ran at a time`);
});

test("a connection that is old enough is drained, and its client goes on with another", async (t) => {
  const { client, server } = await serve(t, (value) => value, { maxConnectionAgeMs: 40, maxConnectionAgeGraceMs: 1000 });
  assert.equal((await client.unary(text("first"))).value, "first");
  while (server.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await client.unary(text("second"))).value, "second");
});

test("a method that is declared twice is refused", () => {
  const say = () => ({});
  assert.throws(
    () => createGrpcServer({ routes: (router) => void router.rpc(Echo.method.say, say).rpc(Echo.method.say, say) }),
    /\/test\.Echo\/Say is declared twice/,
  );
});
