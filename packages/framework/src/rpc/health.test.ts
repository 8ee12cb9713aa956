import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus, Health as HealthService } from "../gen/grpc/health/v1/health_pb.ts";
import { toConnectError } from "./connect-error.ts";
import { toArcanaError } from "./errors.ts";
import type { Health } from "./health.ts";
import { createHealth } from "./health.ts";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;
const users = "arcana.user.v1.UserService";

const errors: Interceptor = (next) => async (request) => {
  const convert = (error: unknown) => toConnectError(toArcanaError(error));
  const response = await next(request).catch((error: unknown) => Promise.reject(convert(error)));
  if (!response.stream) return response;
  const source = response.message;
  async function* messages() {
    try {
      yield* source;
    } catch (error) {
      throw convert(error);
    }
  }
  return { ...response, message: messages() };
};

function clientOf(health: Health) {
  return createClient(HealthService, createRouterTransport(health.routes, { router: { interceptors: [errors] } }));
}

/** A watch whose next state can be asked for. */
function watch(health: Health, service = "", signal?: AbortSignal) {
  const states = clientOf(health)
    .watch({ service }, signal ? { signal } : {})
    [Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await states.next();
    return done ? "end" : value.status;
  };
}

test("a starting server is not serving until it is set", async () => {
  const health = createHealth({ services: [users] });
  const client = clientOf(health);
  assert.equal((await client.check({})).status, NOT_SERVING);
  health.set("", "serving");
  assert.equal((await client.check({})).status, SERVING);
  assert.equal((await client.check({ service: users })).status, NOT_SERVING);
  health.setAll("serving");
  assert.equal((await client.check({ service: users })).status, SERVING);
});

test("checking an unknown service is NOT_FOUND", async () => {
  const client = clientOf(createHealth({ services: [] }));
  await assert.rejects(client.check({ service: "nobody.v1.Nothing" }), { code: Code.NotFound });
});

test("a watch tells the present state at once, then every change", async () => {
  const health = createHealth({ services: [users] });
  const next = watch(health, users);
  assert.equal(await next(), NOT_SERVING);
  const change = next();
  health.set(users, "not_serving");
  health.set(users, "serving");
  assert.equal(await change, SERVING);
  health.setAll("not_serving");
  assert.equal(await next(), NOT_SERVING);
});

test("a watch of an unknown service waits for it to become known", async () => {
  const health = createHealth({ services: [] });
  const next = watch(health, "later.v1.Service");
  assert.equal(await next(), SERVICE_UNKNOWN);
  const change = next();
  health.set("later.v1.Service", "serving");
  assert.equal(await change, SERVING);
});

test("a slow watcher gets the latest state alone, and nothing where it is the one it knows", async () => {
  const health = createHealth({ services: [], initially: "serving" });
  const next = watch(health);
  assert.equal(await next(), SERVING);
  for (let i = 0; i < 1000; i++) {
    health.set("", "not_serving");
    health.set("", "serving");
  }
  health.set("", "not_serving");
  assert.equal(await next(), NOT_SERVING);
  const change = next();
  health.set("", "serving");
  assert.equal(await change, SERVING);
});

test("a draining server keeps its watches and serves nothing, whatever is set", async () => {
  const health = createHealth({ services: [users], initially: "serving" });
  const next = watch(health, users);
  assert.equal(await next(), SERVING);
  health.drain();
  assert.equal(await next(), NOT_SERVING);
  health.setAll("serving");
  health.set(users, "serving");
  health.set("late.v1.Service", "serving");
  const client = clientOf(health);
  assert.equal((await client.check({ service: users })).status, NOT_SERVING);
  await assert.rejects(client.check({ service: "late.v1.Service" }), { code: Code.NotFound });
  assert.equal(await watch(health, users)(), NOT_SERVING, "new watches are still taken");
});

test("closing tells each watcher that nothing is served, then ends its stream", async () => {
  const health = createHealth({ services: [users], initially: "serving" });
  const watches = [watch(health), watch(health, users), watch(health, "unknown.v1.Service")] as const;
  for (const next of watches) await next();
  const waiting = watches.map((next) => next());
  health.close();
  assert.deepEqual(await Promise.all(waiting), [NOT_SERVING, NOT_SERVING, "end"]);
  assert.equal(await watches[0](), "end");
  await assert.rejects(watch(health)(), { code: Code.Unavailable });
  assert.equal((await clientOf(health).check({})).status, NOT_SERVING);
});

test("watches are bounded, and one that ends makes room", async () => {
  const health = createHealth({ services: [], maxWatchers: 1 });
  const leaving = new AbortController();
  const first = watch(health, "", leaving.signal);
  assert.equal(await first(), NOT_SERVING);
  await assert.rejects(watch(health)(), { code: Code.ResourceExhausted });
  const pending = first();
  leaving.abort();
  await assert.rejects(pending, { code: Code.Canceled });
  assert.equal(await watch(health)(), NOT_SERVING);
});
