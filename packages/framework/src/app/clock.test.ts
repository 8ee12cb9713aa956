import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedClock, manualClock, sleep, within } from "./clock.ts";

test("a fixed clock stands still and hands out dates that nobody else can change", () => {
  const clock = fixedClock("2026-01-01T00:00:00Z");
  clock.now().setFullYear(1999);
  assert.equal(clock.now().toISOString(), "2026-01-01T00:00:00.000Z");
  assert.throws(() => fixedClock("tomorrow"), RangeError);
});

test("turning the clock runs timers at their own times, in order, those that are set meanwhile among them", async () => {
  const clock = manualClock("2026-01-01T00:00:00Z");
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name} ${clock.monotonicMs()}`);
  clock.after(30, note("late"));
  clock.after(10, note("early"));
  clock.after(20, note("cancelled")).cancel();
  const chained = sleep(clock, 10)
    .then(() => sleep(clock, 5))
    .then(note("chained"));
  await clock.advance(25);
  assert.deepEqual(seen, ["early 10", "chained 15"]);
  assert.equal(clock.now().toISOString(), "2026-01-01T00:00:00.025Z");
  await clock.advance(5);
  assert.deepEqual(seen.at(-1), "late 30");
  assert.equal(clock.waiting, 0);
  await chained;
});

test("a sleep ends with its signal and leaves no timer", async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const slept = sleep(clock, 1000, stop.signal);
  stop.abort();
  await slept;
  assert.equal(clock.waiting, 0);
});

test("work is told apart by whether it ends in its time, and its failure is thrown", async () => {
  const clock = manualClock();
  assert.equal(await within(clock, 10, Promise.resolve()), true);
  const late = within(clock, 10, new Promise(() => {}));
  await clock.advance(10);
  assert.equal(await late, false);
  await assert.rejects(within(clock, 10, Promise.reject(new Error("broken"))), /broken/);
  assert.equal(clock.waiting, 0);
});
