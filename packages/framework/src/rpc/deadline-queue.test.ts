import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeadlineQueue } from "./deadline-queue.ts";

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

test("deadlines come due in their order, each not before its time", async () => {
  const timeoutMs = 20;
  const queue = createDeadlineQueue(timeoutMs);
  const expired: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = performance.now();
  let firstMs = 0;
  queue.set(() => {
    firstMs = performance.now() - started;
    expired.push("first");
    // Set while another comes due: it waits its own time.
    queue.set(() => {
      expired.push("third");
      resolve();
    });
  });
  queue.set(() => expired.push("second"));
  await promise;
  assert.deepEqual(expired, ["first", "second", "third"]);
  assert.ok(firstMs >= timeoutMs - 1, `due after ${firstMs} ms`);
  assert.ok(performance.now() - started >= 2 * timeoutMs - 1);
});

test("a deadline that is lifted, wherever in the queue it stands, is not called; the others are", async () => {
  for (const lifted of [0, 1, 2]) {
    const queue = createDeadlineQueue(5);
    const expired: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const deadlines = [0, 1, 2].map((number) =>
      queue.set(() => {
        expired.push(number);
        if (expired.length === 2) resolve();
      }),
    );
    const deadline = deadlines[lifted];
    assert.ok(deadline);
    queue.lift(deadline);
    queue.lift(deadline);
    await promise;
    assert.deepEqual(
      expired,
      [0, 1, 2].filter((number) => number !== lifted),
    );
  }
});

test("lifting one that has come due changes nothing for the others", async () => {
  const queue = createDeadlineQueue(5);
  const first = Promise.withResolvers<void>();
  const due = queue.set(() => first.resolve());
  await first.promise;
  const second = Promise.withResolvers<void>();
  queue.set(() => second.resolve());
  queue.lift(due);
  await second.promise;
});

test("one timer serves them all, and keeps no process alive that waits for nothing", () => {
  const before = timers();
  const queue = createDeadlineQueue(60_000);
  const deadlines = Array.from({ length: 100 }, () => queue.set(() => assert.fail("too early")));
  assert.equal(timers(), before + 1);
  for (const deadline of deadlines) queue.lift(deadline);
  assert.equal(timers(), before);
  queue.lift(queue.set(() => assert.fail("too early")));
  assert.equal(timers(), before);
});
