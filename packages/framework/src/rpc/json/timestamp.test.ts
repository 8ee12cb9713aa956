import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "./duration.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

test("a time is written with as few digits as hold it, and read back", () => {
  const seconds = fc.bigInt(-62_135_596_800n, 253_402_300_799n);
  const nanos = fc.oneof(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(0, 1e6, 999e6, 1000, 999_999_000));
  fc.assert(
    fc.property(seconds, nanos, (whole, fraction) => {
      const text = formatTimestamp({ seconds: whole, nanos: fraction });
      assert.equal(text.slice(0, 19), new Date(Number(whole) * 1000).toISOString().slice(0, 19));
      assert.match(text, /^.{19}(?:\.(?:\d{3}|\d{6}|\d{9}))?Z$/);
      assert.doesNotMatch(text, /000Z$/);
      assert.deepEqual(parseTimestamp(text), { seconds: whole, nanos: fraction });
    }),
    { seed: 15, numRuns: 2000 },
  );
});

test("a time may be given with an offset and any number of decimals up to nine", () => {
  assert.deepEqual(parseTimestamp("2026-01-31T12:00:00.5+01:30"), parseTimestamp("2026-01-31T10:30:00.500Z"));
  assert.deepEqual(parseTimestamp("1969-12-31T23:00:00-01:00"), { seconds: 0n, nanos: 0 });
  assert.deepEqual(parseTimestamp("2024-02-29T00:00:00Z"), { seconds: 1_709_164_800n, nanos: 0 });
});

test("what is no time of the calendar is refused", () => {
  const wrong = ["", "2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z"];
  const more = [
    "2026-01-31T24:00:00Z",
    "2026-01-31T23:60:00Z",
    "2026-06-30T23:59:60Z",
    "2026-01-31T12:00:00.Z",
    "2026-01-31T12:00:00.1234567890Z",
  ];
  const edges = [
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "2026-01-31T12:00:00+24:00",
    "2026-1-31T12:00:00Z",
  ];
  for (const text of [...wrong, ...more, ...edges, "٢٠٢٦-01-31T12:00:00Z"]) assert.equal(parseTimestamp(text), undefined, text);
});

test("a duration is written with as few digits as hold it, and read back", () => {
  const whole = fc.bigInt(0n, 315_576_000_000n);
  fc.assert(
    fc.property(whole, fc.integer({ min: 0, max: 999_999_999 }), fc.boolean(), (seconds, nanos, negative) => {
      const span = negative ? { seconds: -seconds, nanos: 0 - nanos } : { seconds, nanos };
      assert.deepEqual(parseDuration(formatDuration(span)), span);
    }),
    { seed: 16, numRuns: 1000 },
  );
  assert.equal(formatDuration({ seconds: 0n, nanos: -1_000_000 }), "-0.001s");
  assert.equal(formatDuration({ seconds: 3n, nanos: 0 }), "3s");
  assert.deepEqual(parseDuration("1.5s"), { seconds: 1n, nanos: 500_000_000 });
});

test("what is no duration is refused", () => {
  for (const text of ["", "s", "1", "1.s", ".5s", "1.0000000001s", "+1s", "1e3s", "315576000001s", "1s "])
    assert.equal(parseDuration(text), undefined, text);
});
