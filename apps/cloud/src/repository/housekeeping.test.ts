import assert from "node:assert/strict";
import { test } from "node:test";
import type { HousekeepingOptions, Purged } from "./housekeeping.ts";
import { createHousekeeping } from "./housekeeping.ts";
import { at } from "./testing/subject.ts";

function options(values: Partial<HousekeepingOptions> = {}): HousekeepingOptions {
  return {
    sessions: { purge: async () => 0 },
    attempts: { purge: async () => 0 },
    audit: { purge: async () => assert.fail("the audit log is kept for ever") },
    clock: { now: () => at(10_000) },
    tokenRetentionMs: 1000,
    attemptRetentionMs: 2000,
    auditRetentionMs: undefined,
    everyMs: 1,
    onError: (error) => assert.fail(String(error)),
    ...values,
  };
}

test("a round purges what ended longer ago than it is kept", async () => {
  const asked: Date[] = [];
  const purge = (removed: number) => async (before: Date) => {
    asked.push(before);
    return removed;
  };
  const housekeeping = createHousekeeping(options({ sessions: { purge: purge(3) }, attempts: { purge: purge(4) } }));
  assert.deepEqual(await housekeeping.run(), { tokens: 3, attempts: 4, auditEntries: 0 });
  assert.deepEqual(asked, [at(9000), at(8000)]);
});

test("the audit log is purged where it is not kept for ever", async () => {
  const asked: Date[] = [];
  const purge = async (before: Date) => {
    asked.push(before);
    return 5;
  };
  const housekeeping = createHousekeeping(options({ audit: { purge }, auditRetentionMs: 4000 }));
  assert.deepEqual(await housekeeping.run(), { tokens: 0, attempts: 0, auditEntries: 5 });
  assert.deepEqual(asked, [at(6000)]);
});

test("rounds follow each other, also after one that failed, until they are stopped", async () => {
  const rounds: Purged[] = [];
  const errors: unknown[] = [];
  const { promise: third, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  const housekeeping = createHousekeeping(
    options({
      sessions: {
        async purge() {
          if (++calls === 1) throw new Error("database is down");
          return calls;
        },
      },
      onError: (error) => errors.push(error),
      onRound: (purged) => {
        if (rounds.push(purged) === 2) resolve();
      },
    }),
  );
  // The rounds keep no process alive, so the test does.
  const alive = setInterval(() => {}, 1000);
  housekeeping.start();
  housekeeping.start();
  await third;
  clearInterval(alive);
  await housekeeping.stop();
  const callsAtStop = calls;
  assert.equal(errors.length, 1);
  assert.deepEqual(rounds.slice(0, 2), [
    { tokens: 2, attempts: 0, auditEntries: 0 },
    { tokens: 3, attempts: 0, auditEntries: 0 },
  ]);
  await new Promise((wait) => setTimeout(wait, 10));
  assert.equal(calls, callsAtStop);
});

test("stopping gives up the round under way and waits for it, and is no error", async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  let over = false;
  const housekeeping = createHousekeeping(
    options({
      sessions: {
        purge: (_, signal) =>
          new Promise((_resolve, reject) => {
            begin();
            signal?.addEventListener("abort", () =>
              setImmediate(() => {
                over = true;
                reject(signal.reason as Error);
              }),
            );
          }),
      },
    }),
  );
  const alive = setInterval(() => {}, 1000);
  housekeeping.start();
  await begun;
  await housekeeping.stop();
  clearInterval(alive);
  assert.equal(over, true);
});

test("what was never started stops at once", async () => {
  await createHousekeeping(options()).stop();
});
