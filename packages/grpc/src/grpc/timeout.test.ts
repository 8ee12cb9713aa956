import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { formatTimeout, parseTimeout } from "./timeout.ts";

const RUN = { seed: 20_261_122, numRuns: 2000 };
const invalid = (error: unknown) => error instanceof ConnectError && error.code === Code.InvalidArgument;

test("each unit is read", () => {
  for (const [value, ms] of [
    ["1H", 3_600_000],
    ["1M", 60_000],
    ["1S", 1000],
    ["1m", 1],
    ["1u", 0.001],
    ["1n", 0.000001],
    ["0m", 0],
    ["007S", 7000],
    ["99999999m", 99_999_999],
    ["99999999H", 99_999_999 * 3_600_000],
  ] as const) {
    assert.equal(parseTimeout(value), ms, value);
  }
});

test("what is no timeout is refused", () => {
  for (const value of [
    "",
    "S",
    "1",
    "1s",
    "1h",
    "123456789S",
    "-1S",
    "+1S",
    "1.5S",
    " 1S",
    "1S ",
    "1 S",
    "0x1S",
    "1e1S",
    "१S",
    "1mS",
    "1Sm",
  ]) {
    assert.throws(() => parseTimeout(value), invalid, JSON.stringify(value));
  }
});

test("any text is a timeout or refused, as gRPC's grammar says", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,10}[HMSmunx]?$/)), (value) => {
      if (/^[0-9]{1,8}[HMSmun]$/.test(value)) assert.ok(parseTimeout(value) >= 0);
      else assert.throws(() => parseTimeout(value), invalid);
    }),
    RUN,
  );
});

test("a timeout is written in at most eight digits, is never shorter than asked for, and hardly longer", () => {
  const timeouts = fc.oneof(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.nat(), fc.double({ min: 0, max: 2000, noNaN: true }));
  fc.assert(
    fc.property(timeouts, (ms) => {
      const value = formatTimeout(ms);
      assert.match(value, /^[1-9][0-9]{0,7}[HMSmun]$/);
      const read = parseTimeout(value);
      if (ms <= 99_999_999 * 3_600_000) {
        // A sum of fractions may miss its last binary digit.
        assert.ok(read >= ms * (1 - 1e-15), `${value} < ${ms}`);
        assert.ok(read <= ms * 1.001 + 0.001, `${value} > ${ms}`);
      }
    }),
    RUN,
  );
});

test("timeouts are written in the unit that suits them", () => {
  for (const [ms, value] of [
    [250, "250m"],
    [0.25, "250u"],
    [1.5, "1500u"],
    [1500.5, "1501m"],
    [99_999_999, "99999999m"],
    [100_000_000, "100000S"],
    [1e11, "1666667M"],
    [1e13, "2777778H"],
    [1e300, "99999999H"],
    [Number.POSITIVE_INFINITY, "99999999H"],
    [0, "1n"],
    [-5, "1n"],
    [Number.NaN, "1n"],
  ] as const) {
    assert.equal(formatTimeout(ms), value, String(ms));
  }
});
