import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:http2";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Routes } from "../dispatch.ts";
import { contractFixture } from "../validate/testing/contract-fixture.ts";
import type { GrpcServerOptions } from "./server.ts";
import { createGrpcServer } from "./server.ts";
import { begin, connectTo, part } from "./testing/calls.ts";

const contract = contractFixture({
  package: "files.v1",
  messages: { File: { fields: { content: "bytes" } }, Receipt: {} },
  services: {
    Files: {
      Put: { input: "File", output: "Receipt" },
      Follow: { input: "File", output: "Receipt", serverStreaming: true },
      PutAll: { input: "File", output: "Receipt", clientStreaming: true },
    },
  },
});
const [put, follow, putAll] = ["/files.v1.Files/Put", "/files.v1.Files/Follow", "/files.v1.Files/PutAll"] as const;

const ok = "0";
const deadlineExceeded = "4";
const resourceExhausted = "8";
const unavailable = "14";

/** What `PutAll` waits for after each message. */
type Pause = () => Promise<void>;

function routesWith(pause: Pause): Routes {
  return (router) => {
    const rpc = router.rpc.bind(router) as (method: DescMethod, implementation: unknown) => void;
    const { method } = contract.service("Files");
    rpc(method.put as DescMethod, () => ({}));
    rpc(method.follow as DescMethod, async function* () {
      yield {};
    });
    rpc(method.putAll as DescMethod, async (files: AsyncIterable<unknown>) => {
      for await (const _ of files) await pause();
      return {};
    });
  };
}

/** Returns the port of a server whose largest message has 64 KiB. */
async function serve(t: TestContext, options: Partial<GrpcServerOptions> = {}, pause: Pause = async () => {}): Promise<number> {
  const fixed = { routes: routesWith(pause), interceptors: [], host: "127.0.0.1", port: 0, maxMessageBytes: 64 * 1024 };
  const server = createGrpcServer({ ...fixed, ...options });
  await server.listen();
  t.after(() => server.close());
  return server.address().port;
}

/** A message of that length in all: its field's tag and length, and as many zeros as there is room for. */
function file(length: number): Buffer {
  const bytes = part(length, length);
  bytes.set([0x0a, ((length - 4) & 0x7f) | 0x80, (((length - 4) >> 7) & 0x7f) | 0x80, (length - 4) >> 14], 5);
  return bytes;
}

for (const path of [put, follow])
  test(`a request to ${path} that is not finished in time ends with DEADLINE_EXCEEDED, and the next one is served`, async (t) => {
    const port = await serve(t, { receiveTimeoutMs: 60 });
    await using client = connectTo(port);
    const silent = begin(client.session, path);
    const half = begin(client.session, path);
    half.stream.write(part(1000, 500));
    for (const { ended } of [silent, half])
      assert.deepEqual(await ended, { status: deadlineExceeded, resetCode: constants.NGHTTP2_NO_ERROR });
    const whole = begin(client.session, put);
    whole.stream.end(part(0));
    assert.equal((await whole.ended).status, ok);
  });

test("a request that comes drop by drop is not given more time for it", async (t) => {
  const port = await serve(t, { receiveTimeoutMs: 80 });
  await using client = connectTo(port);
  const { stream, ended } = begin(client.session, put);
  stream.write(part(60_000));
  const drops = setInterval(() => stream.writable && stream.write(Buffer.alloc(1)), 5);
  assert.equal((await ended).status, deadlineExceeded);
  clearInterval(drops);
});

test("a refused request whose client sends on is reset", async (t) => {
  const port = await serve(t, { receiveTimeoutMs: 60 });
  await using client = connectTo(port);
  for (const path of ["/no.such.Service/Method", put]) {
    const { stream, ended } = begin(client.session, path);
    stream.write(part(64 * 1024 + 1));
    const { status, resetCode } = await ended;
    assert.deepEqual([status, resetCode], [path === put ? resourceExhausted : "12", constants.NGHTTP2_NO_ERROR]);
  }
});

test("a stream may rest between its messages, and may not within one", async (t) => {
  const port = await serve(t, { receiveTimeoutMs: 60 });
  await using client = connectTo(port);
  const resting = begin(client.session, putAll);
  resting.stream.write(part(0));
  const halting = begin(client.session, putAll);
  halting.stream.write(Buffer.concat([part(0), part(10, 3)]));
  const unary = begin(client.session, put);
  assert.equal((await halting.ended).status, deadlineExceeded);
  assert.equal((await unary.ended).status, deadlineExceeded);
  resting.stream.write(part(0));
  resting.stream.end();
  assert.equal((await resting.ended).status, ok);
});

test("a client that waits for the server to read has all the time that takes", async (t) => {
  let read = (): void => {};
  const mayRead = new Promise<void>((resolve) => {
    read = resolve;
  });
  const port = await serve(t, { receiveTimeoutMs: 60 }, () => mayRead);
  await using client = connectTo(port);
  const { stream, ended } = begin(client.session, putAll);
  // More than the windows and buffers hold, so that it stops within a message.
  stream.end(Buffer.concat(Array.from({ length: 20 }, () => file(30_000))));
  const halting = begin(client.session, putAll);
  halting.stream.write(part(10, 3));
  assert.equal((await halting.ended).status, deadlineExceeded);
  read();
  assert.equal((await ended).status, ok);
});

test("unfinished messages are held up to a bound; whole ones are served beside them", async (t) => {
  const port = await serve(t);
  await using client = connectTo(port);
  const message = file(60_000);
  const calls = Array.from({ length: 20 }, () => begin(client.session, put));
  const refused = new Set<unknown>();
  // Two messages of the largest size, so that no three of 50 000 bytes are held.
  await new Promise<void>((resolve) => {
    for (const call of calls) {
      call.stream.write(message.subarray(0, 50_000));
      void call.ended.then(({ status }) => {
        if (status === unavailable && refused.add(call).size === 18) resolve();
      });
    }
  });
  const whole = begin(client.session, put);
  whole.stream.end(file(1000));
  assert.equal((await whole.ended).status, ok);
});

test("what a connection held is given back when its messages are whole, or it goes", async (t) => {
  const port = await serve(t);
  const message = file(60_000);
  for (let count = 0; count < 20; count++) {
    await using client = connectTo(port);
    const left = begin(client.session, put);
    left.stream.write(message.subarray(0, 50_000));
    for (let times = 0; times < 2; times++) {
      const { stream, ended } = begin(client.session, put);
      stream.write(message.subarray(0, 50_000));
      stream.end(message.subarray(50_000));
      assert.equal((await ended).status, ok);
    }
  }
});

test("what all connections hold together is bounded as well", async (t) => {
  const port = await serve(t);
  const attackers = Array.from({ length: 17 }, () => connectTo(port));
  const calls = attackers.flatMap(({ session }) => [begin(session, put), begin(session, put)]);
  // Sixteen messages of the largest size are not enough for 34 of 50 000 bytes.
  for (const { stream } of calls) stream.write(part(60_000, 50_000));
  assert.equal((await Promise.race(calls.map(({ ended }) => ended))).status, unavailable);
  for (const attacker of attackers) await attacker[Symbol.asyncDispose]();
  await using client = connectTo(port);
  const { stream, ended } = begin(client.session, put);
  stream.end(file(60_000));
  assert.equal((await ended).status, ok);
});

test("a connection without streams is closed after its time, one with a stream is not", async (t) => {
  const port = await serve(t, { idleTimeoutMs: 80 });
  await using busy = connectTo(port);
  const open = begin(busy.session, putAll);
  open.stream.write(part(0));
  await using idle = connectTo(port);
  const goaway = once(idle.session, "goaway");
  await goaway;
  await idle.closed;
  assert.equal(busy.session.closed, false);
  open.stream.end();
  assert.equal((await open.ended).status, ok);
  await busy.closed;
});

test("an idle client that does not hang up is cut", async (t) => {
  const port = await serve(t, { idleTimeoutMs: 50, handshakeTimeoutMs: 50 });
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  socket.resume();
  await once(socket, "end");
  // Written into a connection that the server holds open, this would succeed.
  const failed = once(socket, "error");
  const writes = setInterval(() => socket.write("x"), 10);
  await failed;
  clearInterval(writes);
});

test("a client that answers no ping is cut, one that does is not", async (t) => {
  const port = await serve(t, { pingIntervalMs: 50 });
  await using alive = connectTo(port);
  await once(alive.session, "ping");
  const dead = connect(port, "127.0.0.1");
  // The preface and empty settings, and from then on nothing: neither is a ping acknowledged.
  dead.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  dead.on("error", () => {}).resume();
  await once(dead, "close");
  assert.equal(alive.session.destroyed, false);
});

test("connections beyond the most are closed at once", async (t) => {
  const port = await serve(t, { maxConnections: 2 });
  await using first = connectTo(port);
  await using second = connectTo(port);
  await Promise.all([once(first.session, "remoteSettings"), once(second.session, "remoteSettings")]);
  await connectTo(port).closed;
  assert.deepEqual([first.session.destroyed, second.session.destroyed], [false, false]);
});

test("a client is told how many streams it may open, and how large its headers may be; larger ones are refused", async (t) => {
  const port = await serve(t);
  await using client = connectTo(port);
  const [settings] = (await once(client.session, "remoteSettings")) as [{ maxConcurrentStreams?: number; maxHeaderListSize?: number }];
  assert.deepEqual([settings.maxConcurrentStreams, settings.maxHeaderListSize], [100, 16_384]);
  const { stream, ended } = begin(client.session, put, { "x-long": "a".repeat(20_000) });
  stream.end(part(0));
  assert.deepEqual(await ended, { status: undefined, resetCode: constants.NGHTTP2_ENHANCE_YOUR_CALM });
});
