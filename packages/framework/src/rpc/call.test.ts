import assert from "node:assert/strict";
import { test } from "node:test";
import { createContextKey, createContextValues } from "@connectrpc/connect";
import type { Call } from "./call.ts";
import { callerOf, callOf, contextOf, setCall } from "./call.ts";

const call: Call = { requestId: "r", traceId: "t", protocol: "rest", address: "", userAgent: "", caller: undefined };

test("the call is found in a context of its own and in Connect's", () => {
  for (const contextValues of [contextOf(call), setCall(createContextValues(), call)]) {
    assert.equal(callOf({ contextValues }), call);
    assert.equal(callOf({ values: contextValues }), call);
  }
});

test("a context of a call holds other values as Connect's does", () => {
  const key = createContextKey("nothing");
  const unset = createContextKey<string | undefined>("something");
  for (const values of [contextOf(call), setCall(createContextValues(), call)]) {
    assert.equal(values.get(key), "nothing");
    assert.equal(values.set(key, "one").get(key), "one");
    assert.equal(values.set(unset, undefined).get(unset), undefined);
    assert.equal(values.delete(key).get(key), "nothing");
    assert.equal(callOf({ values }), call);
  }
});

test("the call can be replaced like any value", () => {
  const other = { ...call, requestId: "other" };
  assert.equal(callOf({ values: setCall(contextOf(call), other) }), other);
});

test("without a call, or a caller, it is said what is missing", () => {
  assert.throws(() => callOf({ values: createContextValues() }), /no call in the context/);
  assert.throws(() => callerOf({ values: contextOf(call) }), { reason: "UNAUTHORIZED" });
});
