import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { Health, HealthCheckRequestSchema } from "../gen/grpc/health/v1/health_pb.ts";
import type { Protocol } from "./call.ts";
import { callOf, setCall } from "./call.ts";
import { deadline } from "./deadline.ts";

function requestOver(protocol: Protocol, signal: AbortSignal): UnaryRequest {
  const call = { requestId: "r", traceId: "r", protocol, address: "127.0.0.1", userAgent: "", caller: undefined };
  return {
    stream: false,
    service: Health,
    method: Health.method.check,
    requestMethod: "POST",
    url: "/",
    signal,
    header: new Headers(),
    contextValues: setCall(createContextValues(), call),
    message: create(HealthCheckRequestSchema),
  };
}

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

const never = new AbortController().signal;

test("a call that takes too long ends with TIMEOUT though its implementation does not listen", async () => {
  const run = deadline({ timeoutMs: 5 })(() => new Promise(() => {}));
  await assert.rejects(run(requestOver("rest", never)), { reason: "TIMEOUT", http: 504 });
});

test("the implementation's signal is aborted at the deadline, whenever it is read", async () => {
  const seen = Promise.withResolvers<UnaryRequest>();
  const run = deadline({ timeoutMs: 5 })((request) => {
    seen.resolve(request as UnaryRequest);
    return new Promise(() => {});
  });
  const running = run(requestOver("grpc", never));
  const early = (await seen.promise).signal;
  await assert.rejects(running, { reason: "TIMEOUT" });
  assert.equal(early.aborted, true);
  assert.equal((early.reason as { reason: string }).reason, "TIMEOUT");
});

test("a call that can be aborted is, and its request is handed on as it is", async () => {
  const reasons: Error[] = [];
  const request = requestOver("rest", never);
  const call = callOf(request);
  setCall(request.contextValues, { ...call, abort: (reason) => reasons.push(reason) });
  const run = deadline({ timeoutMs: 5 })((passed) => {
    assert.equal(passed, request);
    return new Promise(() => {});
  });
  await assert.rejects(run(request), (error) => error === reasons[0]);
  assert.equal(reasons.length, 1);
  const timely = deadline({ timeoutMs: 60_000 })(async () => ({}) as UnaryResponse);
  const before = timers();
  await timely(request);
  assert.equal(timers(), before);
  assert.equal(reasons.length, 1);
});

test("a client's cancellation ends the call at once over gRPC, and its timer", async () => {
  const before = timers();
  const client = new AbortController();
  const running = deadline({ timeoutMs: 60_000 })(() => new Promise(() => {}))(requestOver("grpc", client.signal));
  client.abort(frameworkError("CANCELED", "gone"));
  await assert.rejects(running, { reason: "CANCELED" });
  assert.equal(timers(), before);
});

test("an answer in time leaves no timer and no listener behind", async () => {
  const before = timers();
  const answer = {} as UnaryResponse;
  assert.equal(await deadline({ timeoutMs: 60_000 })(async () => answer)(requestOver("grpc", never)), answer);
  assert.equal(timers(), before);
});

test("what is thrown at once ends the call, and leaves no timer behind", async () => {
  const before = timers();
  const run = deadline({ timeoutMs: 60_000 })(() => {
    throw new Error("at once");
  });
  await assert.rejects(run(requestOver("grpc", never)), /at once/);
  assert.equal(timers(), before);
});
