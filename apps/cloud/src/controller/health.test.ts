import assert from "node:assert/strict";
import { test } from "node:test";
import { wireErrors } from "@arcana/framework/rpc";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import type { WatchResponse } from "../gen/arcana/health/v1/health_pb.ts";
import { HealthService } from "../gen/arcana/health/v1/health_pb.ts";
import type { Readiness } from "./health.ts";
import { healthController } from "./health.ts";
import { settingCall } from "./testing/client.ts";

interface FakeReadiness extends Readiness {
  become(ready: boolean): void;
  watchers(): number;
}

function fakeReadiness(): FakeReadiness {
  const listeners = new Set<() => void>();
  let ready = true;
  return {
    report: async () => ({ ready, dependencies: [{ name: "database", status: ready ? "up" : "down" }] }),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    become(next) {
      ready = next;
      for (const listener of listeners) listener();
    },
    watchers: () => listeners.size,
  };
}

function served(maxWatches?: number) {
  const readiness = fakeReadiness();
  const controller = healthController({ version: "1.2.3", readiness, ...(maxWatches !== undefined && { maxWatches }) });
  const transport = createRouterTransport(({ service }) => void service(HealthService, controller), {
    router: { interceptors: [settingCall, wireErrors] },
  });
  return { readiness, client: createClient(HealthService, transport) };
}

test("a check tells that the process answers, and its version", async () => {
  const { client } = served();
  const { status, version } = await client.check({});
  assert.deepEqual([status, version], ["healthy", "1.2.3"]);
});

test("a watch tells the present state with each dependency's, then every change", async () => {
  const { client, readiness } = served();
  const watch = client.watch({})[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await watch.next();
    const { status, version, dependencies = [] } = (value ?? {}) as Partial<WatchResponse>;
    return [status, version, dependencies.map((dependency) => `${dependency.name} ${dependency.status}`)];
  };
  assert.deepEqual(await next(), ["ready", "1.2.3", ["database up"]]);
  const change = next();
  readiness.become(false);
  assert.deepEqual(await change, ["unready", "1.2.3", ["database down"]]);
  readiness.become(true);
  assert.deepEqual(await next(), ["ready", "1.2.3", ["database up"]]);
  await watch.return?.();
});

test("a change while nobody reads is told later, and what changed back meanwhile is not told", async () => {
  const { client, readiness } = served();
  const watch = client.watch({})[Symbol.asyncIterator]();
  await watch.next();
  readiness.become(false);
  readiness.become(true);
  const change = watch.next();
  await new Promise((resolve) => setImmediate(resolve));
  readiness.become(false);
  assert.equal((await change).value?.status, "unready");
  await watch.return?.();
});

test("a watch ends with its client, and nothing of it stays", async () => {
  const { client, readiness } = served();
  const abort = new AbortController();
  const watch = client.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
  await watch.next();
  assert.equal(readiness.watchers(), 1);
  const end = watch.next();
  abort.abort();
  await assert.rejects(end);
  assert.equal(readiness.watchers(), 0);
});

test("there are no more watches than the server has room for, and room is given back", async () => {
  const { client } = served(1);
  const abort = new AbortController();
  const first = client.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
  await first.next();
  await assert.rejects(client.watch({})[Symbol.asyncIterator]().next(), /too many watches/);
  abort.abort();
  await assert.rejects(first.next());
  const again = client.watch({})[Symbol.asyncIterator]();
  assert.equal((await again.next()).value?.status, "ready");
  await again.return?.();
});
