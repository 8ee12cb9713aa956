/** `measure`, `accessLog` and `carryIds` over calls of every kind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import { setCall } from "../rpc/call.ts";
import { accessLog, carryIds } from "./access-log.ts";
import { measure } from "./measure.ts";
import { memoryLogger } from "./memory-log.ts";
import { createMetrics } from "./metrics.ts";
import { observe } from "./observe.ts";

type Next = ReturnType<Interceptor>;
type Request = Parameters<Next>[0];
type Response = Awaited<ReturnType<Next>>;

const caller = { userId: "u1", sessionId: "s1", role: "user", tokenId: "t1", expiresAtMs: 0 };

function request(method: "check" | "watch", signal = new AbortController().signal): Request {
  const call = { requestId: "r1", traceId: "t1", protocol: "grpc", address: "192.0.2.1", userAgent: "", caller } as const;
  const contextValues = setCall(createContextValues(), call);
  const header = new Headers({ authorization: "Bearer s3cret" });
  const stream = method === "watch";
  return { stream, method: Health.method[method], contextValues, signal, header, message: { password: "s3cret" } } as unknown as Request;
}

const unary = async (): Promise<Response> => ({ stream: false, message: {} }) as Response;
const streaming = (messages: () => AsyncGenerator<object>) => async (): Promise<Response> =>
  ({ stream: true, message: messages() }) as unknown as Response;

function measured(next: Next) {
  const metrics = createMetrics();
  const run = observe(measure(metrics))(next);
  const lines = (name: string) =>
    metrics
      .expose([metrics.read()])
      .split("\n")
      .filter((line) => line.startsWith(name));
  const ended = (method: string, code: string) =>
    assert.deepEqual(lines("arcana_rpc_requests_total"), [
      `arcana_rpc_requests_total{service="grpc.health.v1.Health",method="${method}",protocol="grpc",code="${code}"} 1`,
    ]);
  const inFlight = () => lines('arcana_rpc_in_flight{protocol="grpc"}')[0]?.at(-1);
  return { run, lines, ended, inFlight };
}

async function readAll(response: Response): Promise<void> {
  assert.ok(response.stream);
  for await (const _ of response.message);
}

test("a call counts by its outcome, is timed, and is in flight until it ends", async () => {
  const gate = Promise.withResolvers<void>();
  const { run, lines, ended, inFlight } = measured(async () => {
    await gate.promise;
    return unary();
  });
  const call = run(request("check"));
  assert.equal(inFlight(), "1");
  gate.resolve();
  await call;
  assert.equal(inFlight(), "0");
  ended("Check", "ok");
  assert.equal(lines("arcana_rpc_duration_seconds_count")[0]?.at(-1), "1");
});

for (const [thrown, code] of [
  [frameworkError("FORBIDDEN", "no"), "permission_denied"],
  [new ConnectError("late", Code.DeadlineExceeded), "deadline_exceeded"],
  [new TypeError("bug"), "internal"],
] as const) {
  test(`a call that fails with ${thrown.name} counts as ${code}, thrown at once or later, and the error goes on`, async () => {
    for (const next of [
      () => Promise.reject(thrown),
      (): Promise<Response> => {
        throw thrown;
      },
    ]) {
      const { run, ended, inFlight } = measured(next);
      await assert.rejects(async () => run(request("check")), thrown);
      ended("Check", code);
      assert.equal(inFlight(), "0");
    }
  });
}

test("a stream is in flight until its last message was read", async () => {
  const { run, ended, inFlight } = measured(
    streaming(async function* () {
      yield {};
    }),
  );
  const response = await run(request("watch"));
  assert.equal(inFlight(), "1");
  await readAll(response);
  assert.equal(inFlight(), "0");
  ended("Watch", "ok");
});

test("a stream that breaks, is left in the middle, or loses its client before the first message has ended, once", async () => {
  const broken = measured(
    streaming(async function* () {
      yield {};
      throw frameworkError("UNAVAILABLE", "gone");
    }),
  );
  await assert.rejects(readAll(await broken.run(request("watch"))), { reason: "UNAVAILABLE" });
  broken.ended("Watch", "unavailable");

  const left = measured(
    streaming(async function* () {
      yield {};
      yield {};
    }),
  );
  const response = await left.run(request("watch"));
  assert.ok(response.stream);
  for await (const _ of response.message) break;
  left.ended("Watch", "canceled");

  const lost = measured(
    streaming(async function* () {
      yield {};
    }),
  );
  const client = new AbortController();
  const unread = await lost.run(request("watch", client.signal));
  client.abort();
  lost.ended("Watch", "canceled");
  await readAll(unread);
  lost.ended("Watch", "canceled");
  assert.equal(lost.inFlight(), "0");
});

test("at the usual level good calls leave no line; at debug each leaves one, without headers and bodies", async () => {
  const { log, entries } = memoryLogger("info");
  const run = observe(accessLog(log))(unary);
  await run(request("check"));
  assert.equal(entries.length, 0);
  log.level = "debug";
  await run(request("check"));
  const { time, pid, duration_ms, ...line } = entries[0] ?? { level: "silent", msg: "none" };
  assert.deepEqual(line, {
    level: "debug",
    request_id: "r1",
    trace_id: "t1",
    operation: "grpc.health.v1.Health/Check",
    protocol: "grpc",
    code: "ok",
    address: "192.0.2.1",
    user_id: "u1",
    msg: "call",
  });
  assert.equal(typeof duration_ms, "number");
});

test("refusals are told at info, trouble at warn, our own faults at error with their stack", async () => {
  const { log, entries } = memoryLogger("info");
  const cause = new Error("disk on fire");
  const failures = [
    frameworkError("UNAUTHORIZED", "no token"),
    frameworkError("UNAVAILABLE", "no"),
    frameworkError("INTERNAL_ERROR", "x", { cause }),
    new TypeError("bug"),
  ];
  for (const failure of failures) await assert.rejects(observe(accessLog(log))(() => Promise.reject(failure))(request("check")));
  assert.deepEqual(
    entries.map(({ level, code, reason }) => [level, code, reason]),
    [
      ["info", "unauthenticated", "UNAUTHORIZED"],
      ["warn", "unavailable", "UNAVAILABLE"],
      ["error", "internal", "INTERNAL_ERROR"],
      ["error", "internal", "INTERNAL_ERROR"],
    ],
  );
  assert.deepEqual(
    entries.map(({ err }) => err !== undefined),
    [false, false, true, true],
  );
  assert.match(JSON.stringify(entries[2]), /disk on fire/);
  assert.match(JSON.stringify(entries[3]), /calls\.test\.ts/);
  assert.ok(!JSON.stringify(entries).includes("s3cret"));
});

test("a slow call is told, a stream that lives long is not slow", async () => {
  const { log, entries } = memoryLogger("info");
  await observe(accessLog(log, { slowMs: 0 }))(unary)(request("check"));
  await readAll(
    await observe(accessLog(log, { slowMs: 0 }))(
      streaming(async function* () {
        yield {};
      }),
    )(request("watch")),
  );
  assert.deepEqual(
    entries.map(({ level, msg }) => [level, msg]),
    [["info", "slow call"]],
  );
});

test("what is logged while a call runs carries its ids", async () => {
  const { log, entries } = memoryLogger();
  const other = log.child({ part: "users" });
  await carryIds(log)(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    other.info("inside");
    return unary();
  })(request("check"));
  assert.deepEqual(entries.map(({ msg, request_id, trace_id }) => [msg, request_id, trace_id])[0], ["inside", "r1", "t1"]);
});
