import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { createBulkhead } from "./bulkhead.ts";

/** Work that ends when told to. */
function heldWork() {
  const started: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<number>>();
  return {
    started,
    work: (id: number) => () => {
      started.push(id);
      const end = Promise.withResolvers<number>();
      ends.set(id, end);
      return end.promise;
    },
    end: (id: number) => ends.get(id)?.resolve(id),
    fail: (id: number, error: Error) => ends.get(id)?.reject(error),
  };
}

test("at most `concurrency` run, the rest start in the order of their arrival", async () => {
  const bulkhead = createBulkhead({ concurrency: 2, queueLimit: 10 });
  const held = heldWork();
  const results = [1, 2, 3, 4].map((id) => bulkhead.run(held.work(id)));
  assert.deepEqual(held.started, [1, 2]);
  assert.deepEqual([bulkhead.running, bulkhead.pending], [2, 2]);
  held.end(2);
  assert.equal(await results[1], 2);
  assert.deepEqual(held.started, [1, 2, 3]);
  held.end(1);
  await results[0];
  assert.deepEqual(held.started, [1, 2, 3, 4]);
  held.end(3);
  held.end(4);
  assert.deepEqual(await Promise.all(results), [1, 2, 3, 4]);
  assert.deepEqual([bulkhead.running, bulkhead.pending], [0, 0]);
});

test("work beyond the queue limit is turned away with the time after which to try again", async () => {
  let time = 0;
  const bulkhead = createBulkhead({ concurrency: 1, queueLimit: 1, expectedMs: 100, now: () => time });
  const held = heldWork();
  const first = bulkhead.run(held.work(1));
  const second = bulkhead.run(held.work(2));
  await assert.rejects(bulkhead.run(held.work(3)), { reason: "OVERLOADED", retryAfterMs: 200 });
  time = 600;
  held.end(1);
  await first;
  const fourth = bulkhead.run(held.work(4));
  // The mean moved a fifth of the way from 100 to the measured 600.
  await assert.rejects(bulkhead.run(held.work(5)), { reason: "OVERLOADED", retryAfterMs: 400 });
  held.end(2);
  await second;
  held.end(4);
  await fourth;
  assert.deepEqual(held.started, [1, 2, 4]);
});

test("a waiter whose signal is aborted leaves the queue and never runs", async () => {
  const bulkhead = createBulkhead({ concurrency: 1, queueLimit: 2 });
  const held = heldWork();
  const abort = new AbortController();
  const first = bulkhead.run(held.work(1));
  const second = bulkhead.run(held.work(2), abort.signal);
  const third = bulkhead.run(held.work(3));
  abort.abort(new Error("gone"));
  await assert.rejects(second, /gone/);
  assert.equal(bulkhead.pending, 1);
  held.end(1);
  await first;
  assert.deepEqual(held.started, [1, 3]);
  held.end(3);
  await third;
});

test("an abort after the start changes nothing, and one before the call starts nothing", async () => {
  const bulkhead = createBulkhead({ concurrency: 1, queueLimit: 1 });
  const held = heldWork();
  const abort = new AbortController();
  const first = bulkhead.run(held.work(1), abort.signal);
  const second = bulkhead.run(held.work(2), abort.signal);
  held.end(1);
  await first;
  assert.deepEqual(getEventListeners(abort.signal, "abort"), [], "a signal that outlives the work keeps no trace of it");
  abort.abort(new Error("gone"));
  held.end(2);
  assert.equal(await second, 2);
  await assert.rejects(bulkhead.run(held.work(3), abort.signal), /gone/);
  assert.deepEqual(held.started, [1, 2]);
});

test("work that fails, even at once, gives its place on", async () => {
  const bulkhead = createBulkhead({ concurrency: 1, queueLimit: 2 });
  const held = heldWork();
  const first = bulkhead.run(held.work(1));
  const second = bulkhead.run(() => {
    throw new Error("at once");
  });
  const third = bulkhead.run(held.work(3));
  held.fail(1, new Error("broken"));
  await assert.rejects(first, /broken/);
  await assert.rejects(second, /at once/);
  held.end(3);
  assert.equal(await third, 3);
});

test("senseless limits are refused", () => {
  assert.throws(() => createBulkhead({ concurrency: 0, queueLimit: 1 }), RangeError);
  assert.throws(() => createBulkhead({ concurrency: 1.5, queueLimit: 1 }), RangeError);
  assert.throws(() => createBulkhead({ concurrency: 1, queueLimit: -1 }), RangeError);
});

test("whatever happens in whatever order, the limits hold and all that was let in is settled", async () => {
  const steps = fc.array(fc.constantFrom("arrive", "end", "abort"), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 4 }), async (script, concurrency, queueLimit) => {
      const bulkhead = createBulkhead({ concurrency, queueLimit });
      const running: (() => void)[] = [];
      const aborts: AbortController[] = [];
      const outcomes: Promise<unknown>[] = [];
      let most = 0;
      for (const step of script) {
        if (step === "arrive") {
          const abort = new AbortController();
          aborts.push(abort);
          const work = () => new Promise<void>((resolve) => running.push(resolve));
          outcomes.push(bulkhead.run(work, abort.signal).catch(() => undefined));
        } else if (step === "abort") aborts.shift()?.abort(new Error("gone"));
        else running.shift()?.();
        most = Math.max(most, bulkhead.running);
        assert.ok(bulkhead.pending <= queueLimit);
        await Promise.resolve();
      }
      const settled = Promise.all(outcomes);
      while (bulkhead.running + bulkhead.pending > 0) {
        running.shift()?.();
        await new Promise(setImmediate);
      }
      await settled;
      assert.ok(most <= concurrency);
    }),
    { seed: 7, numRuns: 100 },
  );
});
