import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleId } from "../domain/testing/samples.ts";
import { circumstancesOf } from "./circumstances.ts";
import { callValues } from "./testing/client.ts";

const { signal } = new AbortController();
const caller = { userId: sampleId(1), sessionId: sampleId(2), role: "admin", tokenId: "t", expiresAtMs: 0 };

test("a use case is told who calls, from where, and until when", () => {
  assert.deepEqual(circumstancesOf({ values: callValues(caller), signal }), {
    actor: { id: sampleId(1), role: "admin" },
    sessionId: sampleId(2),
    ipAddress: "192.0.2.1",
    userAgent: "tests",
    requestId: "request-1",
    signal,
  });
});

test("nobody is told apart from somebody, and what is unknown is undefined", () => {
  const under = circumstancesOf({ values: callValues(undefined, { address: "", userAgent: "" }), signal });
  assert.deepEqual([under.actor, under.sessionId, under.ipAddress, under.userAgent], [undefined, undefined, undefined, undefined]);
});

test("no more of a user agent is kept than is of use", () => {
  const { userAgent } = circumstancesOf({ values: callValues(undefined, { userAgent: "x".repeat(8000) }), signal });
  assert.equal(userAgent?.length, 512);
});

test("a user agent is kept without its control characters", () => {
  const of = (userAgent: string) => circumstancesOf({ values: callValues(undefined, { userAgent }), signal }).userAgent;
  assert.equal(of("arcana/1\u0000 \u001b[2J(\u0085Übung)"), "arcana/1 [2J(Übung)");
  assert.equal(of("\u0000"), undefined);
});

test("a token with a role that does not exist gives no role", () => {
  assert.throws(() => circumstancesOf({ values: callValues({ ...caller, role: "god" }), signal }), { reason: "INVALID_ARGUMENT" });
});
