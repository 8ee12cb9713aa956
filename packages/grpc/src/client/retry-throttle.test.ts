import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryThrottle } from "./retry-throttle.ts";

test("retries stop when half of the tokens are spent", () => {
  const throttle = new RetryThrottle({ maxTokens: 10, tokenRatio: 0.1 });
  for (let failures = 0; failures < 5; failures++) {
    assert.equal(throttle.allowsRetry, true, `after ${failures} failures`);
    throttle.failed();
  }
  assert.equal(throttle.allowsRetry, false);
});

test("calls that go well bring them back, a part of a token each", () => {
  const throttle = new RetryThrottle({ maxTokens: 4, tokenRatio: 0.1 });
  for (let failures = 0; failures < 3; failures++) throttle.failed();
  for (let successes = 0; successes < 10; successes++) throttle.succeeded();
  assert.equal(throttle.allowsRetry, false, "at two of four");
  throttle.succeeded();
  assert.equal(throttle.allowsRetry, true);
});

test("there are never more tokens than the maximum, nor fewer than none", () => {
  const throttle = new RetryThrottle({ maxTokens: 2, tokenRatio: 1 });
  for (let successes = 0; successes < 100; successes++) throttle.succeeded();
  throttle.failed();
  assert.equal(throttle.allowsRetry, false);
  for (let failures = 0; failures < 100; failures++) throttle.failed();
  throttle.succeeded();
  throttle.succeeded();
  assert.equal(throttle.allowsRetry, true);
});

test("options out of range are refused", () => {
  for (const maxTokens of [0, -1, 1001, Number.NaN]) assert.throws(() => new RetryThrottle({ maxTokens, tokenRatio: 1 }), RangeError);
  for (const tokenRatio of [0, -1, Number.NaN]) assert.throws(() => new RetryThrottle({ maxTokens: 1, tokenRatio }), RangeError);
});
