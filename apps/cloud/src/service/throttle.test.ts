import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryStore, memoryAttemptRepository } from "../repository/memory/index.ts";
import { fakeClock, fakeThrottlePolicy } from "./testing/fakes.ts";
import type { ThrottleSubject } from "./throttle.ts";
import { createThrottle, tooManyAttempts } from "./throttle.ts";

const subject: ThrottleSubject = { kind: "login", account: "ann", ipAddress: "192.0.2.1" };

function createTested() {
  const store = createMemoryStore();
  const clock = fakeClock();
  const policies = { account: fakeThrottlePolicy(1), address: fakeThrottlePolicy(2) };
  return { store, clock, throttle: createThrottle({ attempts: memoryAttemptRepository(store), policies, clock }) };
}

test("a failure counts for the account and for the address", async () => {
  const { throttle } = createTested();
  assert.equal(await throttle.fail(subject), 0);
  assert.equal(await throttle.fail(subject), 0);
  assert.equal(await throttle.blockedForMs({ ...subject, ipAddress: "198.51.100.1" }, undefined), 60_000);
  assert.equal(await throttle.blockedForMs({ ...subject, account: "bob" }, undefined), 0);
  await throttle.fail({ ...subject, account: "bob" });
  assert.equal(await throttle.blockedForMs({ ...subject, account: "carol" }, undefined), 60_000);
});

test("a failure during a block neither lengthens it nor counts", async () => {
  const { throttle, clock, store } = createTested();
  await throttle.fail(subject);
  await throttle.fail(subject);
  clock.turn(10_000);
  const before = new Map(store.attempts);
  assert.equal(await throttle.fail({ ...subject, ipAddress: undefined }), 50_000);
  assert.deepEqual(store.attempts, before);
});

test("accounts are told apart without case and without blanks around, kinds are told apart", async () => {
  const { throttle } = createTested();
  const anywhere = { ...subject, ipAddress: undefined };
  await throttle.fail(anywhere);
  await throttle.fail({ ...anywhere, account: " ANN " });
  assert.equal(await throttle.blockedForMs(anywhere, undefined), 60_000);
  assert.equal(await throttle.blockedForMs({ ...anywhere, kind: "password" }, undefined), 0);
});

test("what was typed as a name is not stored, and a key is short whatever was typed", async () => {
  const { throttle, store } = createTested();
  const typed = `my password ${"x".repeat(300)}`;
  await throttle.fail({ ...subject, account: typed });
  for (const key of store.attempts.keys()) {
    assert.ok(!key.includes("my password"), key);
    assert.ok(key.length <= 100, key);
  }
});

test("the addresses of one network are counted together", async () => {
  const { throttle } = createTested();
  for (const host of ["1", "2", "3"]) await throttle.fail({ kind: "login", account: host, ipAddress: `2001:db8::${host}` });
  assert.equal(await throttle.blockedForMs({ kind: "login", account: "x", ipAddress: "2001:db8::ff" }, undefined), 60_000);
});

test("forgiving clears the account alone, and writes nothing where there is nothing", async () => {
  const { throttle, store } = createTested();
  await throttle.fail(subject);
  await throttle.forgive(subject, undefined);
  assert.deepEqual(
    [...store.attempts.keys()].map((key) => key.split(":", 2).join(":")),
    ["login:address"],
  );
  const attempts = memoryAttemptRepository(store);
  const policies = { account: fakeThrottlePolicy(1), address: fakeThrottlePolicy(2) };
  const cleared: string[] = [];
  const watched = { ...attempts, clear: async (key: string) => void cleared.push(key) };
  await createThrottle({ attempts: watched, policies, clock: fakeClock() }).forgive(subject, undefined);
  assert.deepEqual(cleared, []);
});

test("who must wait is told how long, in whole seconds and exactly", () => {
  const error = tooManyAttempts(1001);
  assert.deepEqual([error.reason, error.http, error.retryAfterMs], ["RATE_LIMIT_EXCEEDED", 429, 1001]);
  assert.match(error.message, /2 seconds/);
});
