import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryStore, memoryAttemptRepository } from "../repository/memory/index.ts";
import { fakeClock, fakeThrottlePolicy } from "./testing/fakes.ts";
import { admit, createThrottle, tooManyAttempts } from "./throttle.ts";

const strict = { key: "strict", policy: fakeThrottlePolicy(1) };
const lenient = { key: "lenient", policy: fakeThrottlePolicy(2) };

function createTested() {
  const store = createMemoryStore();
  const clock = fakeClock();
  return { store, clock, throttle: createThrottle({ attempts: memoryAttemptRepository(store), clock }) };
}

test("an attempt counts on every limit, and the longest block holds", async () => {
  const { throttle, clock } = createTested();
  assert.equal(await throttle.count([strict, lenient]), 0);
  assert.equal(await throttle.count([strict, lenient]), 0);
  assert.equal(await throttle.blockedForMs([strict, lenient], undefined), 60_000);
  assert.equal(await throttle.blockedForMs([lenient], undefined), 0);
  clock.turn(10_000);
  await throttle.count([lenient]);
  assert.equal(await throttle.blockedForMs([strict, lenient], undefined), 60_000);
  assert.equal(await throttle.blockedForMs([], undefined), 0);
});

test("an attempt during a block neither lengthens it nor counts", async () => {
  const { throttle, clock, store } = createTested();
  await throttle.count([strict]);
  await throttle.count([strict]);
  clock.turn(10_000);
  const before = new Map(store.attempts);
  assert.equal(await throttle.count([strict]), 50_000);
  assert.deepEqual(store.attempts, before);
});

test("who is admitted has spent an attempt, and who is not is told for how long", async () => {
  const { throttle } = createTested();
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => admit(throttle, [strict])));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected", "rejected", "rejected"],
  );
  await assert.rejects(admit(throttle, [lenient, strict]), { reason: "RATE_LIMIT_EXCEEDED", retryAfterMs: 60_000 });
});

test("forgiving clears one limit, and writes nothing where there is nothing", async () => {
  const { throttle, store } = createTested();
  await throttle.count([strict, lenient]);
  await throttle.forgive(strict, undefined);
  assert.deepEqual([...store.attempts.keys()], ["lenient"]);
  const cleared: string[] = [];
  const watched = { ...memoryAttemptRepository(store), clear: async (key: string) => void cleared.push(key) };
  await createThrottle({ attempts: watched, clock: fakeClock() }).forgive(strict, undefined);
  assert.deepEqual(cleared, []);
});

test("who must wait is told how long, in whole seconds and exactly", () => {
  const error = tooManyAttempts(1001);
  assert.deepEqual([error.reason, error.http, error.retryAfterMs], ["RATE_LIMIT_EXCEEDED", 429, 1001]);
  assert.match(error.message, /2 seconds/);
});
