import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import { assertRetryPolicy, parsePushback, type RetryPolicy, retryDelayMs } from "./retry-policy.ts";

const policy: RetryPolicy = {
  maxAttempts: 4,
  initialBackoffMs: 100,
  maxBackoffMs: 300,
  backoffMultiplier: 2,
  retryableCodes: [Code.Unavailable],
};

test("the wait is at random below a bound that grows up to the maximum", () => {
  const bounds = [1, 2, 3].map((attempts) => retryDelayMs(policy, attempts, Code.Unavailable, undefined, 1));
  assert.deepEqual(bounds, [100, 200, 300]);
  assert.equal(retryDelayMs(policy, 3, Code.Unavailable, undefined, 0.5), 150);
  assert.equal(retryDelayMs(policy, 3, Code.Unavailable, undefined, 0), 0);
});

test("a call is made as often as the policy says, and never more than five times", () => {
  assert.equal(retryDelayMs(policy, 4, Code.Unavailable, undefined, 1), undefined);
  const many = { ...policy, maxAttempts: 100 };
  assert.equal(retryDelayMs(many, 4, Code.Unavailable, undefined, 1), 300);
  assert.equal(retryDelayMs(many, 5, Code.Unavailable, undefined, 1), undefined);
});

test("only the codes of the policy are tried again", () => {
  assert.equal(retryDelayMs(policy, 1, Code.Internal, undefined, 1), undefined);
  assert.equal(retryDelayMs(policy, 1, Code.Internal, 5, 1), undefined);
});

test("what the server says about waiting goes before the policy", () => {
  assert.equal(retryDelayMs(policy, 1, Code.Unavailable, 5000, 1), 5000);
  assert.equal(retryDelayMs(policy, 1, Code.Unavailable, "never", 1), undefined);
  assert.equal(retryDelayMs(policy, 4, Code.Unavailable, 5, 1), undefined);
});

test("grpc-retry-pushback-ms is a number of milliseconds, and anything else a refusal", () => {
  assert.equal(parsePushback(undefined), undefined);
  assert.equal(parsePushback("0"), 0);
  assert.equal(parsePushback("250"), 250);
  for (const value of ["-1", "", "soon", "1.5", "99999999999"]) assert.equal(parsePushback(value), "never", value);
});

test("a policy that gRFC A6 calls invalid is refused", () => {
  assert.doesNotThrow(() => assertRetryPolicy(policy));
  const wrong: Partial<RetryPolicy>[] = [
    { maxAttempts: 1 },
    { maxAttempts: 2.5 },
    { initialBackoffMs: 0 },
    { maxBackoffMs: -1 },
    { backoffMultiplier: Number.POSITIVE_INFINITY },
    { retryableCodes: [] },
    { retryableCodes: [99 as Code] },
  ];
  for (const part of wrong) assert.throws(() => assertRetryPolicy({ ...policy, ...part }), RangeError, JSON.stringify(part));
});
