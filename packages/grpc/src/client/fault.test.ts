import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient, createContextValues } from "@connectrpc/connect";
import { CLIENT_PREFACE } from "../http2/frame.ts";
import { RawPeer } from "../http2/testing/raw-peer.ts";
import { Echo } from "../server/testing/echo-service.ts";
import type { Address } from "./target.ts";
import { startEcho, startTcp } from "./testing/grpc-js-server.ts";
import { createGrpcTransport, waitForReady } from "./transport.ts";
import type { GrpcTransportOptions } from "./transport-options.ts";

const quick = { backoff: { initialMs: 20, multiplier: 1, maxMs: 20, jitter: 0 } };
const waiting = () => createContextValues().set(waitForReady, true);

function connect(t: TestContext, options: GrpcTransportOptions) {
  const transport = createGrpcTransport({ ...quick, ...options });
  t.after(() => transport.close(0));
  return createClient(Echo, transport);
}

/** Ends with the code, within the time. */
async function endsWith(call: Promise<unknown>, code: Code, withinMs: number): Promise<ConnectError> {
  const started = performance.now();
  const error = await call.then(
    () => assert.fail("the call went well"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectError, String(error));
  assert.equal(Code[error.code], Code[code], error.message);
  assert.ok(performance.now() - started < withinMs, `it took ${performance.now() - started} ms`);
  return error;
}

async function freePort(): Promise<string> {
  const { url, stop } = await startTcp(() => {});
  stop();
  return url;
}

test("where nobody listens, calls are unavailable at once and say why", async (t) => {
  const client = connect(t, { baseUrl: await freePort() });
  for (let call = 0; call < 3; call++) {
    const error = await endsWith(client.say({}), Code.Unavailable, 1000);
    assert.match(error.rawMessage, /127\.0\.0\.1:\d+.*ECONNREFUSED/);
  }
});

test("a call that waits for a server gets it when it comes", async (t) => {
  const url = await freePort();
  const client = connect(t, { baseUrl: url });
  await endsWith(client.say({}), Code.Unavailable, 1000);
  const answer = client.say({ value: "late" }, { contextValues: waiting(), timeoutMs: 8000 });
  const server = await startEcho(undefined, {}, Number(new URL(url).port));
  t.after(() => server.stop());
  assert.equal((await answer).value, "late");
});

test("a call that waits in vain ends by its deadline", async (t) => {
  const client = connect(t, { baseUrl: await freePort(), waitForReady: true });
  await endsWith(client.say({}, { timeoutMs: 120 }), Code.DeadlineExceeded, 1000);
});

test("a server that accepts and says nothing is unavailable after the connect timeout", async (t) => {
  const { url, stop } = await startTcp(() => {});
  t.after(stop);
  await endsWith(connect(t, { baseUrl: url, connectTimeoutMs: 150 }).say({}), Code.Unavailable, 1500);
  await endsWith(connect(t, { baseUrl: url }).say({}, { timeoutMs: 100 }), Code.DeadlineExceeded, 1000);
});

test("a server that closes at once, or speaks something else, is unavailable", async (t) => {
  const closing = await startTcp((socket) => socket.destroy());
  const speaking = await startTcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  t.after(closing.stop);
  t.after(speaking.stop);
  await endsWith(connect(t, { baseUrl: closing.url }).say({}), Code.Unavailable, 2000);
  await endsWith(connect(t, { baseUrl: speaking.url }).say({}), Code.Unavailable, 2000);
});

/** A server that begins HTTP/2, and then does as it is told. */
async function mute(t: TestContext, then: (peer: RawPeer) => void): Promise<string> {
  const { url, stop } = await startTcp((socket) => {
    const peer = new RawPeer(socket, CLIENT_PREFACE.length);
    peer.startAsServer();
    socket.once("data", () => then(peer));
  });
  t.after(stop);
  return url;
}

test("a server that falls silent is found out by PING, without a deadline", async (t) => {
  const url = await mute(t, () => {});
  const client = connect(t, { baseUrl: url, http2: { keepaliveIntervalMs: 60, keepaliveTimeoutMs: 60 } });
  await endsWith(client.say({}), Code.Unavailable, 2000);
});

test("a server that falls silent does not keep calls beyond their deadline", async (t) => {
  const client = connect(t, { baseUrl: await mute(t, () => {}) });
  await endsWith(client.say({}, { timeoutMs: 100 }), Code.DeadlineExceeded, 1000);
  async function* endless() {
    for (;;) yield { value: "x".repeat(100_000) };
  }
  await endsWith(client.join(endless(), { timeoutMs: 150 }), Code.DeadlineExceeded, 1500);
});

test("a server that closes its half of the connection makes its calls unavailable", async (t) => {
  const url = await mute(t, (peer) => setImmediate(() => peer.end()));
  await endsWith(connect(t, { baseUrl: url }).say({}), Code.Unavailable, 2000);
});

test("a server whose connection breaks makes its calls unavailable", async (t) => {
  const url = await mute(t, (peer) => setImmediate(() => peer.destroy()));
  await endsWith(connect(t, { baseUrl: url }).say({}), Code.Unavailable, 2000);
});

test("a server that has started again is found again", async (t) => {
  const first = await startEcho();
  const client = connect(t, { baseUrl: first.url });
  assert.equal((await client.say({ value: "a" })).value, "a");
  first.stop();
  await endsWith(client.say({}, { timeoutMs: 5000 }), Code.Unavailable, 2000);
  const second = await startEcho(undefined, {}, Number(new URL(first.url).port));
  t.after(() => second.stop());
  assert.equal((await client.say({ value: "b" }, { contextValues: waiting(), timeoutMs: 8000 })).value, "b");
});

test("calls take the addresses of a name in turn, pass over the dead, and follow what the name says", async (t) => {
  const servers = await Promise.all([startEcho(), startEcho(), startEcho()]);
  t.after(() => {
    for (const server of servers) server.stop();
  });
  const address = (url: string): Address => ({ host: "127.0.0.1", port: Number(new URL(url).port) });
  const [first, second, third] = servers.map(({ url }) => address(url)) as [Address, Address, Address];
  let known = [first, second, address(await freePort())];
  const resolver = { canChange: true, resolve: async () => known };
  const client = connect(t, { baseUrl: "dns:///echo:1", resolver, resolveIntervalMs: 0 });
  await client.say({}, { timeoutMs: 5000 });
  for (let call = 0; call < 40; call++) await client.say({}, { timeoutMs: 5000 });
  const [a, b] = servers.map(({ said }) => said()) as [number, number];
  assert.ok(a >= 15 && b >= 15 && a + b === 41, `${a} and ${b}`);

  known = [third];
  for (let call = 0; call < 2000 && servers[2]?.said() === 0; call++) await client.say({}, { timeoutMs: 5000 });
  const before = servers.map(({ said }) => said());
  for (let call = 0; call < 10; call++) await client.say({}, { timeoutMs: 5000 });
  assert.deepEqual(
    servers.map(({ said }, index) => said() - (before[index] ?? 0)),
    [0, 0, 10],
  );
});

test("a name is looked up again from time to time, though nothing is wrong", async (t) => {
  const servers = await Promise.all([startEcho(), startEcho()]);
  t.after(() => {
    for (const server of servers) server.stop();
  });
  const [first, second] = servers.map(({ url }) => ({ host: "127.0.0.1", port: Number(new URL(url).port) })) as [Address, Address];
  let known = [first];
  const client = connect(t, { baseUrl: "dns:///echo:1", resolver: { canChange: true, resolve: async () => known }, resolveIntervalMs: 1 });
  await client.say({}, { timeoutMs: 5000 });
  known = [first, second];
  for (let call = 0; call < 2000 && servers[1]?.said() === 0; call++) await client.say({}, { timeoutMs: 5000 });
  assert.notEqual(servers[1]?.said(), 0);
});

test("a name that cannot be looked up makes calls unavailable, and they recover with it", async (t) => {
  const server = await startEcho();
  t.after(() => server.stop());
  let works = false;
  const address: Address = { host: "127.0.0.1", port: Number(new URL(server.url).port) };
  const resolve = (): Promise<Address[]> => (works ? Promise.resolve([address]) : Promise.reject(new Error("no such name")));
  const client = connect(t, { baseUrl: "dns:///echo:1", resolver: { canChange: true, resolve } });
  const error = await endsWith(client.say({}), Code.Unavailable, 1000);
  assert.match(error.rawMessage, /no such name/);
  const answer = client.say({ value: "a" }, { contextValues: waiting(), timeoutMs: 5000 });
  works = true;
  assert.equal((await answer).value, "a");
});
