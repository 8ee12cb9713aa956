import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Metadata, status } from "@grpc/grpc-js";
import { ErrorCode } from "../http2/error-code.ts";
import { CLIENT_PREFACE, FrameType } from "../http2/frame.ts";
import { goaway, rstStream } from "../http2/testing/raw-frames.ts";
import { RawPeer } from "../http2/testing/raw-peer.ts";
import { Echo } from "../server/testing/echo-service.ts";
import { startEcho, startTcp } from "./testing/grpc-js-server.ts";
import { createGrpcTransport } from "./transport.ts";
import type { GrpcTransportOptions } from "./transport-options.ts";

type Say = NonNullable<Parameters<typeof startEcho>[0]>;

const retry = { maxAttempts: 4, initialBackoffMs: 5, maxBackoffMs: 20, backoffMultiplier: 2, retryableCodes: [Code.Unavailable] };

async function echo(t: TestContext, say: Say, options: Partial<GrpcTransportOptions>) {
  const server = await startEcho(say);
  const transport = createGrpcTransport({ baseUrl: server.url, ...options });
  t.after(() => {
    transport.close(0);
    server.stop();
  });
  return { server, transport, client: createClient(Echo, transport) };
}

function failing(times: number, code: status = status.UNAVAILABLE, trailer = new Metadata()): { say: Say; seen: unknown[] } {
  const seen: unknown[] = [];
  const say: Say = (call, answer) => {
    seen.push(call.metadata.get("grpc-previous-rpc-attempts")[0]);
    if (seen.length <= times) answer({ code, details: "not now", metadata: trailer });
    else answer(null, call.request);
  };
  return { say, seen };
}

const hasCode = (code: Code) => (error: unknown) => error instanceof ConnectError && error.code === code;

test("a call that failed with a code of the policy is made again, and says how often it was", async (t) => {
  const { say, seen } = failing(2);
  const { client } = await echo(t, say, { retry });
  assert.equal((await client.say({ value: "a" }, { timeoutMs: 5000 })).value, "a");
  assert.deepEqual(seen, [undefined, "1", "2"]);
});

test("after the last attempt its error is the call's", async (t) => {
  const { say, seen } = failing(100);
  const { client } = await echo(t, say, { retry });
  await assert.rejects(client.say({}, { timeoutMs: 5000 }), hasCode(Code.Unavailable));
  assert.equal(seen.length, 4);
});

test("other codes, and calls without a policy, are not tried again", async (t) => {
  const internal = failing(1, status.INTERNAL);
  const first = await echo(t, internal.say, { retry });
  await assert.rejects(first.client.say({}), hasCode(Code.Internal));
  const unavailable = failing(1);
  const second = await echo(t, unavailable.say, {});
  await assert.rejects(second.client.say({}), hasCode(Code.Unavailable));
  assert.deepEqual([internal.seen.length, unavailable.seen.length], [1, 1]);
});

test("a server that asks not to be tried again is not", async (t) => {
  const trailer = new Metadata();
  trailer.set("grpc-retry-pushback-ms", "-1");
  const { say, seen } = failing(1, status.UNAVAILABLE, trailer);
  const { client } = await echo(t, say, { retry });
  await assert.rejects(client.say({}), hasCode(Code.Unavailable));
  assert.equal(seen.length, 1);
});

test("retries stop when most calls fail", async (t) => {
  const { say, seen } = failing(1000);
  const { client } = await echo(t, say, { retry, retryThrottling: { maxTokens: 4, tokenRatio: 0.1 } });
  for (let call = 0; call < 5; call++) await assert.rejects(client.say({}, { timeoutMs: 5000 }), hasCode(Code.Unavailable));
  assert.equal(seen.length, 2 + 4, "one retry for the first call, and none for the others");
});

test("the deadline is that of all attempts together", async (t) => {
  const { say } = failing(1000);
  const slow = { ...retry, initialBackoffMs: 60_000, maxBackoffMs: 60_000 };
  const { client } = await echo(t, say, { retry: slow, random: () => 1 });
  await assert.rejects(client.say({}, { timeoutMs: 100 }), hasCode(Code.DeadlineExceeded));
});

/** A server by hand: refuses the calls of its first connection as it is told, and resets those of the next with CANCEL, so that one sees which came. */
async function refusing(t: TestContext, refuse: (peer: RawPeer) => void) {
  const peers: RawPeer[] = [];
  const server = await startTcp((socket) => {
    const peer = new RawPeer(socket, CLIENT_PREFACE.length);
    peers.push(peer);
    peer.startAsServer();
  });
  const transport = createGrpcTransport({ baseUrl: server.url });
  t.after(() => {
    transport.close(0);
    server.stop();
  });
  const outcome = createClient(Echo, transport).say({ value: "a" }, { timeoutMs: 4000 });
  outcome.catch(() => {});
  const arrived = async (index: number, streamId: number): Promise<RawPeer> => {
    for (let turn = 0; turn < 5000; turn++) {
      const peer = peers[index];
      if (peer !== undefined && peer.of(FrameType.HEADERS, streamId).length > 0) return peer;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return assert.fail(`no call on connection ${index}, stream ${streamId}`);
  };
  refuse(await arrived(0, 1));
  return { outcome, arrived };
}

test("a call above the last stream of GOAWAY is made again on another connection", async (t) => {
  const { outcome, arrived } = await refusing(t, (peer) => peer.send(goaway(0, ErrorCode.NO_ERROR)));
  const second = await arrived(1, 1);
  second.send(rstStream(1, ErrorCode.ENHANCE_YOUR_CALM));
  await assert.rejects(outcome, hasCode(Code.ResourceExhausted));
});

test("a call that is refused is made again once, without any policy", async (t) => {
  const { outcome, arrived } = await refusing(t, (peer) => peer.send(rstStream(1, ErrorCode.REFUSED_STREAM)));
  const again = await arrived(0, 3);
  again.send(rstStream(3, ErrorCode.REFUSED_STREAM));
  await assert.rejects(outcome, hasCode(Code.Unavailable));
});
