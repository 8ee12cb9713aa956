import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoffMs, defaultBackoff } from "./backoff.ts";

test("the wait grows by the multiplier, and no further than the maximum", () => {
  const waits = [1, 2, 3, 11, 12, 1000].map((failures) => backoffMs(failures, defaultBackoff, 0.5));
  assert.deepEqual(waits, [1000, 1600, 2560.0000000000005, 1000 * 1.6 ** 10, 120_000, 120_000]);
});

test("chance makes it longer or shorter by at most the jitter", () => {
  assert.equal(backoffMs(1, defaultBackoff, 0), 800);
  assert.equal(backoffMs(1, defaultBackoff, 1), 1200);
  const anyRandom = fc.double({ min: 0, max: 1, noNaN: true });
  const holds = fc.property(fc.integer({ min: 1, max: 5000 }), anyRandom, (failures, random) => {
    const waitMs = backoffMs(failures, defaultBackoff, random);
    return waitMs >= 800 && waitMs <= 144_000;
  });
  fc.assert(holds, { seed: 1 });
});
