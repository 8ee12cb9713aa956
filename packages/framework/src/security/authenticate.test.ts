import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { RuleSchema } from "../gen/arcana/access/v1/access_pb.ts";
import { Health, HealthCheckRequestSchema } from "../gen/grpc/health/v1/health_pb.ts";
import type { Call } from "../rpc/call.ts";
import { setCall } from "../rpc/call.ts";
import type { Operation } from "../rpc/contract.ts";
import { createAccessPolicy } from "./access.ts";
import type { AuthenticateOptions } from "./authenticate.ts";
import { createAuthenticate } from "./authenticate.ts";
import type { Caller } from "./caller.ts";

const { check, watch } = Health.method;
/** A method that nothing is said about. */
const unserved = { ...check };
const policy = createAccessPolicy({ roles: ["user"], permissions: { user: [] } });
const rule = (kind: "public" | "authenticated") => create(RuleSchema, { allow: { case: kind, value: true } });
const operation = (method: Operation["method"], kind: "public" | "authenticated"): Operation => ({
  name: method.name,
  method,
  rule: rule(kind),
  bindings: [],
  successStatus: 200,
  bare: false,
});
/** `check` is public, `watch` is not. */
const operations = [operation(check, "public"), operation(watch, "authenticated")];

const caller: Caller = { userId: "u", sessionId: "s", role: "user", tokenId: "t", expiresAtMs: 1 };
const verify = (token: string) => {
  if (token === "good") return caller;
  throw frameworkError(token === "old" ? "TOKEN_EXPIRED" : "INVALID_TOKEN", "the access token is not valid");
};

interface Attempt {
  readonly method: typeof check | typeof watch;
  readonly authorization?: string;
  readonly options?: Partial<AuthenticateOptions>;
  readonly signal?: AbortSignal;
}

/** Sends a call through the interceptor; tells what became of it, and whether the next one was reached at once. */
function send({ method, authorization, options = {}, signal = new AbortController().signal }: Attempt) {
  const call: Call = { requestId: "r", traceId: "r", protocol: "rest", address: "", userAgent: "", caller: undefined };
  const header = new Headers(authorization === undefined ? {} : { authorization });
  const base = { service: Health, requestMethod: "POST", url: "", header, signal, contextValues: setCall(createContextValues(), call) };
  const message = create(HealthCheckRequestSchema);
  let reached = 0;
  const next = (async () => {
    reached += 1;
    throw new Error("the next interceptor");
  }) satisfies ReturnType<Interceptor>;
  const handle = createAuthenticate({ operations, policy, verify, isLive: () => true, ...options })(next);
  const answer =
    method.methodKind === "server_streaming"
      ? handle({ ...base, stream: true, method, message: messages(message) })
      : handle({ ...base, stream: false, method, message });
  const reachedAtOnce = reached === 1;
  const outcome = answer.then(
    () => "answered",
    (error: { reason?: string; message: string }) => error.reason ?? error.message,
  );
  return { call, reachedAtOnce, outcome, reached: () => reached };
}

async function* messages<T>(message: T) {
  yield message;
}

const passed = "the next interceptor";

test("a good token tells the call who calls, on unary and streaming calls, without waiting for anything", async () => {
  for (const method of [check, watch]) {
    const sent = send({ method, authorization: "bearer good" });
    assert.ok(sent.reachedAtOnce);
    assert.equal(sent.call.caller, caller);
    assert.equal(await sent.outcome, passed);
  }
});

test("verification and session check may take their time", async () => {
  const promised = { verify: async (token: string) => verify(token), isLive: async () => true };
  for (const options of [promised, { verify: promised.verify }, { isLive: promised.isLive }])
    for (const method of [check, watch]) {
      const sent = send({ method, authorization: "Bearer good", options });
      assert.ok(!sent.reachedAtOnce);
      assert.equal(await sent.outcome, passed);
      assert.equal(sent.call.caller, caller);
    }
});

for (const [what, authorization, reason] of [
  ["no token", undefined, "UNAUTHORIZED"],
  ["another scheme", "Basic abc", "UNAUTHORIZED"],
  ["a scheme without a token", "Bearer", "INVALID_TOKEN"],
  ["a bad token", "Bearer bad", "INVALID_TOKEN"],
  ["an expired token", "Bearer old", "TOKEN_EXPIRED"],
  ["two tokens", "Bearer good, Bearer good", "INVALID_TOKEN"],
] as const)
  test(`${what} is refused where a token is needed, and passed over where none is`, async () => {
    const known = authorization === undefined ? {} : { authorization };
    for (const options of [{}, { verify: async (token: string) => verify(token) }]) {
      const guarded = send({ method: watch, ...known, options });
      assert.equal(await guarded.outcome, reason);
      assert.equal(guarded.reached(), 0);
      const open = send({ method: check, ...known, options });
      assert.equal(await open.outcome, passed);
      assert.equal(open.call.caller, undefined);
    }
  });

test("the token of a session that has ended is refused, at once or later, and is nobody on a public operation", async () => {
  for (const isLive of [() => false, async () => false]) {
    const guarded = send({ method: watch, authorization: "Bearer good", options: { isLive } });
    assert.equal(await guarded.outcome, "INVALID_TOKEN");
    assert.equal(guarded.call.caller, undefined);
    assert.equal(guarded.reached(), 0);
    const open = send({ method: check, authorization: "Bearer good", options: { isLive } });
    assert.equal(await open.outcome, passed);
    assert.equal(open.call.caller, undefined);
  }
});

test("a session check that breaks lets nobody in, and keeps nobody from what is public", async () => {
  const broken = new Error("the database is gone");
  const breaks: AuthenticateOptions["isLive"][] = [
    () => {
      throw broken;
    },
    () => Promise.reject(broken),
  ];
  for (const isLive of breaks) {
    const guarded = send({ method: watch, authorization: "Bearer good", options: { isLive } });
    assert.equal(await guarded.outcome, broken.message);
    assert.equal(guarded.reached(), 0);
    assert.equal(await send({ method: check, authorization: "Bearer good", options: { isLive } }).outcome, passed);
  }
});

test("an operation that is not served needs a token like any other", async () => {
  assert.equal(await send({ method: unserved }).outcome, "UNAUTHORIZED");
});

test("the session check gets the caller and the call's signal", () => {
  const { signal } = new AbortController();
  const asked: unknown[] = [];
  const isLive: AuthenticateOptions["isLive"] = (who, call) => {
    asked.push(who, call.signal);
    return true;
  };
  send({ method: watch, authorization: "Bearer good", options: { isLive }, signal });
  assert.deepEqual(asked, [caller, signal]);
});

test("a public operation is handed on once, even when what follows fails at once", async () => {
  assert.equal(send({ method: check, authorization: "Bearer good" }).reached(), 1);
  assert.equal(send({ method: check }).reached(), 1);
});

test("an operation without a rule is refused when the interceptor is made", () => {
  const ruleless = { ...operation(check, "public"), rule: undefined };
  assert.throws(() => createAuthenticate({ operations: [ruleless], policy, verify, isLive: () => true }), /no access rule/);
});
