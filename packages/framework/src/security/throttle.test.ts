import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ThrottleAttempts, ThrottleRule } from "./throttle.ts";
import { accountThrottle, addressThrottle, blockedForMs, nextAttempts } from "./throttle.ts";

const at = (ms: number) => new Date(ms);
const rule: ThrottleRule = { freeAttempts: 2, baseDelayMs: 100, maxDelayMs: 1000, windowMs: 5000 };

/** The state after failures at these times. */
function afterFailures(times: readonly number[], by: ThrottleRule = rule): ThrottleAttempts | undefined {
  return times.reduce<ThrottleAttempts | undefined>((former, ms) => nextAttempts(former, at(ms), by), undefined);
}

test("the first failures cost nothing, then the block doubles up to its limit", () => {
  let state: ThrottleAttempts | undefined;
  let now = 10_000;
  const blocks: number[] = [];
  for (let failure = 0; failure < 9; failure += 1) {
    state = nextAttempts(state, at(now), rule);
    blocks.push(blockedForMs(state, at(now)));
    now += blockedForMs(state, at(now));
  }
  assert.deepEqual(blocks, [0, 0, 100, 200, 400, 800, 1000, 1000, 1000]);
  assert.equal(state?.failures, 9);
});

test("a block ends at its time and not before", () => {
  const state = afterFailures([0, 0, 0]);
  assert.deepEqual(state, { failures: 3, lastFailureAt: at(0), blockedUntil: at(100) });
  assert.deepEqual(
    [0, 1, 99, 100, 101].map((ms) => blockedForMs(state, at(ms))),
    [100, 99, 1, 0, 0],
  );
  assert.equal(blockedForMs(undefined, at(0)), 0);
  assert.equal(blockedForMs(afterFailures([0]), at(0)), 0);
});

test("failures are forgotten after a quiet window, which begins when the block has ended", () => {
  const state = afterFailures([0, 0, 0]);
  assert.equal(nextAttempts(state, at(5100), rule).failures, 4);
  assert.deepEqual(nextAttempts(state, at(5101), rule), { failures: 1, lastFailureAt: at(5101), blockedUntil: undefined });
});

test("an account has 5 free failures and an address 20; neither is ever blocked for more than 15 minutes", () => {
  for (const [throttle, free] of [
    [accountThrottle, 5],
    [addressThrottle, 20],
  ] as const) {
    const failAtOnce = (times: number) => blockedForMs(afterFailures(Array<number>(times).fill(0), throttle), at(0));
    assert.deepEqual([free, free + 1, free + 2, free + 60, free + 2000].map(failAtOnce), [0, 1000, 2000, 900_000, 900_000]);
  }
});

test("guessing at the best pace that the rule allows is about a hundred guesses a day", () => {
  let state: ThrottleAttempts | undefined;
  let guesses = 0;
  const day = 86_400_000;
  for (let now = 0; now < day; now += blockedForMs(state, at(now)), guesses += 1) state = nextAttempts(state, at(now), accountThrottle);
  assert.ok(guesses <= 112, `${guesses} guesses`);
});

test("a window from the first attempt begins anew when it is over, so that steady use is never slowed down", () => {
  const rate: ThrottleRule = { ...rule, windowFrom: "first" };
  let state: ThrottleAttempts | undefined;
  for (let now = 0; now < 200_000; now += 2501) {
    state = nextAttempts(state, at(now), rate);
    assert.equal(blockedForMs(state, at(now)), 0, `${now} ms`);
  }
  assert.deepEqual(afterFailures([0, 0, 0, 5000], rate), { failures: 4, lastFailureAt: at(0), blockedUntil: at(5200) });
  assert.deepEqual(afterFailures([0, 0, 0, 5201], rate), { failures: 1, lastFailureAt: at(5201), blockedUntil: undefined });
});

test("at the best pace a window from the first attempt lets its free ones through, and few beyond", () => {
  const hour = 3_600_000;
  const rate: ThrottleRule = { freeAttempts: 20, baseDelayMs: 1000, maxDelayMs: 900_000, windowMs: hour, windowFrom: "first" };
  let state: ThrottleAttempts | undefined;
  let attempts = 0;
  for (let now = 0; now < 24 * hour; now += blockedForMs(state, at(now)), attempts += 1) state = nextAttempts(state, at(now), rate);
  assert.ok(attempts > 24 * 20 && attempts <= 24 * 35, `${attempts} attempts`);
});

const rules: fc.Arbitrary<ThrottleRule> = fc.record({
  freeAttempts: fc.nat({ max: 10 }),
  baseDelayMs: fc.integer({ min: 1, max: 10_000 }),
  maxDelayMs: fc.integer({ min: 10_000, max: 1_000_000 }),
  windowMs: fc.integer({ min: 1, max: 10_000_000 }),
  windowFrom: fc.constantFrom("first", "last"),
});
const times = fc.array(fc.nat({ max: 20_000_000 }), { minLength: 1, maxLength: 60 });

test("whatever the clock does, a block is within its limit, and within the window it never shrinks", () => {
  fc.assert(
    fc.property(rules, times, (by, moments) => {
      let state: ThrottleAttempts | undefined;
      for (const ms of moments) {
        const next = nextAttempts(state, at(ms), by);
        assert.ok(next.failures === 1 || next.failures === (state?.failures ?? 0) + 1);
        if (next.failures <= by.freeAttempts) assert.equal(next.blockedUntil, undefined);
        if (next.failures > 1) assert.ok((next.blockedUntil?.getTime() ?? 0) >= (state?.blockedUntil?.getTime() ?? 0));
        const longest = Math.max(ms + by.maxDelayMs, state?.blockedUntil?.getTime() ?? 0);
        assert.ok((next.blockedUntil?.getTime() ?? 0) <= longest);
        state = next;
      }
    }),
    { seed: 15, numRuns: 500 },
  );
});

test("with a clock that goes forward no block is longer than the rule's longest", () => {
  fc.assert(
    fc.property(rules, times, (by, moments) => {
      const sorted = moments.toSorted((a, b) => a - b);
      for (let count = 1; count <= sorted.length; count += 1) {
        const seen = sorted.slice(0, count);
        assert.ok(blockedForMs(afterFailures(seen, by), at(seen.at(-1) ?? 0)) <= by.maxDelayMs);
      }
    }),
    { seed: 16, numRuns: 200 },
  );
});
