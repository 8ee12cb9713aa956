import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Clock } from "../http2/clock.ts";
import { DeadlineQueue, Expiring } from "./deadline.ts";

const RUN = { seed: 20_261_122, numRuns: 300 };

/** A clock that is turned by hand. */
class HandClock implements Clock {
  now = 12_345.6;
  timers: { at: number; run: () => void }[] = [];
  set = 0;

  monotonicMs(): number {
    return this.now;
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { at: this.now + delayMs, run };
    this.timers.push(timer);
    this.set++;
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  turn(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }
}

class Item extends Expiring {
  readonly #onExpire: () => void;
  expiredAtMs: number[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock, onExpire: () => void = () => {}) {
    super();
    this.#clock = clock;
    this.#onExpire = onExpire;
  }

  expire(): void {
    this.expiredAtMs.push(this.#clock.monotonicMs());
    this.#onExpire();
  }
}

describe("a deadline", () => {
  test("of any distance expires once, not early, and within a tick", () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(clock);
    const delays = [0, 0.5, 1, 3.99, 4, 5, 100, 1000, 4095, 4096, 4097, 5000, 60_000, 3_600_000, 86_400_000];
    const start = clock.now;
    const items = delays.map((delay) => {
      const item = new Item(clock);
      queue.add(item, delay);
      return item;
    });
    clock.turn(90_000_000);
    items.forEach((item, i) => {
      assert.equal(item.expiredAtMs.length, 1, `${delays[i]}`);
      const late = (item.expiredAtMs[0] as number) - start - (delays[i] as number);
      assert.ok(late >= 0 && late <= 5, `${delays[i]}: ${late}`);
    });
    assert.equal(queue.size, 0);
    assert.equal(clock.timers.length, 0);
  });

  test("that is removed does not expire, and the last one takes the timer with it", () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(clock);
    const items = [new Item(clock), new Item(clock), new Item(clock)];
    for (const item of items) queue.add(item, 50);
    for (const item of items) queue.remove(item);
    for (const item of items) queue.remove(item);
    assert.equal(queue.size, 0);
    assert.equal(clock.timers.length, 0);
    clock.turn(1000);
    assert.ok(items.every(({ expiredAtMs }) => expiredAtMs.length === 0));
  });

  test("that is added again gets the new time", () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(clock);
    const item = new Item(clock);
    queue.add(item, 50);
    queue.add(item, 500);
    assert.equal(queue.size, 1);
    clock.turn(499);
    assert.equal(item.expiredAtMs.length, 0);
    clock.turn(10);
    assert.equal(item.expiredAtMs.length, 1);
  });

  test("may add, remove and throw when it expires", () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(clock);
    const later = new Item(clock);
    const [first, second] = [new Item(clock, () => queue.remove(second)), new Item(clock, () => queue.remove(first))] as [Item, Item];
    const thrower = new Item(clock, () => {
      queue.add(later, 20);
      throw new Error("from a call");
    });
    for (const item of [first, second, thrower]) queue.add(item, 10);
    const again: Item = new Item(clock, () => {
      if (again.expiredAtMs.length < 3) queue.add(again, 10);
    });
    queue.add(again, 10);
    assert.throws(() => clock.turn(20), /from a call/);
    clock.turn(100);
    assert.equal(first.expiredAtMs.length + second.expiredAtMs.length, 1);
    assert.equal(later.expiredAtMs.length, 1);
    assert.equal(again.expiredAtMs.length, 3);
    assert.equal(queue.size, 0);
  });

  test("far away does not wake the process all the time", () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(clock);
    queue.add(new Item(clock), 3_600_000);
    clock.turn(3_000_000);
    assert.ok(clock.set < 1000, String(clock.set));
  });

  test("comes in time when the machine slept, or woke it early", () => {
    const clock = new HandClock();
    const queue = new DeadlineQueue(clock);
    const items = [10, 200, 6000].map((delay) => {
      const item = new Item(clock);
      queue.add(item, delay);
      return item;
    });
    const [timer] = clock.timers;
    assert.ok(timer !== undefined);
    clock.timers = [];
    clock.now += 2;
    timer.run();
    assert.ok(items.every(({ expiredAtMs }) => expiredAtMs.length === 0));
    const [second] = clock.timers;
    clock.timers = [];
    clock.now += 20_000;
    second?.run();
    assert.ok(items.every(({ expiredAtMs }) => expiredAtMs.length === 1));
  });

  test("is kept whatever is added, removed and waited for", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("add" as const),
        item: fc.nat({ max: 9 }),
        ms: fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 20_000 })),
      }),
      fc.record({ kind: fc.constant("remove" as const), item: fc.nat({ max: 9 }), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("turn" as const), item: fc.constant(0), ms: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 9000 })) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = new HandClock();
        const queue = new DeadlineQueue(clock);
        const items = Array.from({ length: 10 }, () => new Item(clock));
        const expected = new Map<Item, number>();
        for (const { kind, item: index, ms } of steps) {
          const item = items[index] as Item;
          if (kind === "add") {
            queue.add(item, ms);
            expected.set(item, clock.now + ms);
          } else if (kind === "remove") {
            queue.remove(item);
            expected.delete(item);
          } else {
            clock.turn(ms);
            for (const [waiting, at] of expected) {
              if (waiting.expiredAtMs.length === 0) assert.ok(at + 5 > clock.now, "late");
              else {
                const [when] = waiting.expiredAtMs.splice(0) as [number];
                assert.ok(when >= at && when <= at + 5, "early, or late");
                expected.delete(waiting);
              }
            }
          }
          assert.ok(
            items.every((one) => expected.has(one) || one.expiredAtMs.length === 0),
            "expired without a deadline",
          );
          assert.ok(queue.size <= expected.size);
          assert.equal(clock.timers.length, queue.size === 0 ? 0 : 1);
        }
      }),
      RUN,
    );
  });
});
