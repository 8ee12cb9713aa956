import assert from "node:assert/strict";
import { test } from "node:test";
import { createLock } from "./lock.ts";

test("one holder at a time, in the order in which they came", async () => {
  const lock = createLock();
  const order: number[] = [];
  let holders = 0;
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      assert.equal(await lock.acquire(1000), true);
      assert.equal(++holders, 1);
      await Promise.resolve();
      order.push(index);
      holders--;
      lock.release();
    }),
  );
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test("who waits too long gives up, and the lock does not go to them later", async () => {
  const lock = createLock();
  assert.equal(lock.tryAcquire(), true);
  assert.equal(lock.tryAcquire(), false);
  assert.equal(await lock.acquire(1), false);
  lock.release();
  assert.equal(lock.tryAcquire(), true);
});
