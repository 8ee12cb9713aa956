import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { Echo } from "../server/testing/echo-service.ts";
import { startEcho } from "./testing/grpc-js-server.ts";
import { createGrpcTransport } from "./transport.ts";
import type { GrpcTransportOptions } from "./transport-options.ts";

async function echo(t: TestContext, options: Partial<GrpcTransportOptions> = {}) {
  const server = await startEcho();
  const transport = createGrpcTransport({ baseUrl: server.url, ...options });
  t.after(() => {
    transport.close(0);
    server.stop();
  });
  return { transport, client: createClient(Echo, transport) };
}

async function* words(...list: readonly string[]): AsyncGenerator<{ value: string }> {
  for (const value of list) yield { value };
}

async function collect(answers: AsyncIterable<{ value: string }>): Promise<string[]> {
  const list: string[] = [];
  for await (const { value } of answers) list.push(value);
  return list;
}

const passing: Interceptor = (next) => (request) => next(request);

for (const [name, options] of [
  ["without interceptors", {}],
  ["with an interceptor", { interceptors: [passing] }],
] as const) {
  test(`the server streams, ${name}`, async (t) => {
    const { client } = await echo(t, options as Partial<GrpcTransportOptions>);
    assert.deepEqual(await collect(client.split({ value: "a b c" })), ["a", "b", "c"]);
  });

  test(`the client streams, ${name}`, async (t) => {
    const { client } = await echo(t, options as Partial<GrpcTransportOptions>);
    assert.equal((await client.join(words("a", "b", "c"))).value, "a b c");
    assert.equal((await client.join(words())).value, "");
  });

  test(`both stream in turns, ${name}`, async (t) => {
    const { client } = await echo(t, options as Partial<GrpcTransportOptions>);
    let give: (value: string | undefined) => void = () => {};
    async function* requests() {
      yield { value: "0" };
      for (;;) {
        const value = await new Promise<string | undefined>((resolve) => (give = resolve));
        if (value === undefined) return;
        yield { value };
      }
    }
    const got: string[] = [];
    for await (const { value } of client.chat(requests(), { timeoutMs: 5000 })) {
      got.push(value);
      give(got.length < 4 ? String(got.length) : undefined);
    }
    assert.deepEqual(got, ["0", "1", "2", "3"]);
  });
}

test("more than the windows hold goes both ways, to a reader that is slow", async (t) => {
  const { client } = await echo(t);
  const piece = "y".repeat(50_000);
  const list = Array.from({ length: 60 }, (_, index) => `${index}${piece}`);
  const got: string[] = [];
  for await (const { value } of client.chat(words(...list), { timeoutMs: 8000 })) {
    got.push(value);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(got, list);
});

test("a deadline ends a stream that neither side ends", async (t) => {
  const { client } = await echo(t);
  async function* endless() {
    yield { value: "a" };
    await new Promise(() => {});
  }
  const got: string[] = [];
  await assert.rejects(
    async () => {
      for await (const { value } of client.chat(endless(), { timeoutMs: 200 })) got.push(value);
    },
    (error) => error instanceof ConnectError && error.code === Code.DeadlineExceeded,
  );
  assert.deepEqual(got, ["a"]);
});

test("requests that fail cancel the call, and their error is its own", async (t) => {
  const { client } = await echo(t);
  async function* failing() {
    yield { value: "a" };
    throw new ConnectError("out of words", Code.Aborted);
  }
  await assert.rejects(
    client.join(failing(), { timeoutMs: 5000 }),
    (error) => error instanceof ConnectError && error.code === Code.Aborted,
  );
});

test("an aborted stream is cancelled, and its requests are ended", async (t) => {
  const { client } = await echo(t);
  const controller = new AbortController();
  const answers = client.chat(words("a", "b"), { signal: controller.signal, timeoutMs: 5000 });
  await assert.rejects(
    async () => {
      for await (const _ of answers) controller.abort();
    },
    (error) => error instanceof ConnectError && error.code === Code.Canceled,
  );
});
