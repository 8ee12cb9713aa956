import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { durationPattern, formatDuration, parseDuration } from "./duration.ts";

const seed = { seed: 20260101 };

test("a duration is read in milliseconds", () => {
  const cases: readonly [string, number][] = [
    ["0s", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["1h30m", 5_400_000],
    ["1m500ms", 60_500],
    ["090s", 90_000],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test("what is no duration is refused", () => {
  for (const text of [
    "",
    "30",
    "s",
    "-5s",
    "+5s",
    "1.5s",
    "5 s",
    "5S",
    "5sec",
    "30m1h",
    "5s5s",
    " 5s",
    "5s\n",
    "1e3s",
    "Infinitys",
    "99999999999999999d",
  ])
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
});

test("what is written can be read again, for every whole number of milliseconds", () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 * 365 * 86_400_000 }), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
    seed,
  );
});

test("a sum of units is the sum of their values", () => {
  const count = fc.nat({ max: 1000 });
  fc.assert(
    fc.property(count, count, count, count, count, (d, h, m, s, ms) => {
      assert.equal(parseDuration(`${d}d${h}h${m}m${s}s${ms}ms`), d * 86_400_000 + h * 3_600_000 + m * 60_000 + s * 1000 + ms);
    }),
    seed,
  );
});

test("the pattern for JSON Schema accepts exactly what the parser does", () => {
  const pattern = new RegExp(durationPattern, "u");
  const pieces = fc.array(fc.constantFrom("1", "20", "d", "h", "m", "s", "ms", ".", " ", "-"), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join("");
      assert.equal(pattern.test(text), parseDuration(text) !== undefined, text);
    }),
    { ...seed, numRuns: 2000 },
  );
});
