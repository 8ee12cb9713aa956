import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatSize, parseSize, sizePattern } from "./size.ts";

const seed = { seed: 20260101 };

test("a size is read in bytes, in powers of 1024", () => {
  const cases: readonly [string, number][] = [
    ["0b", 0],
    ["512b", 512],
    ["64kb", 65_536],
    ["10mb", 10_485_760],
    ["10MB", 10_485_760],
    ["10MiB", 10_485_760],
    ["1gb", 1_073_741_824],
  ];
  for (const [text, bytes] of cases) assert.equal(parseSize(text), bytes, text);
});

test("what is no size is refused", () => {
  for (const text of ["", "10", "mb", "-1mb", "1.5mb", "10 mb", "10m", "10mbs", "10tb", "10mb\n", "9999999999999999gb"])
    assert.equal(parseSize(text), undefined, JSON.stringify(text));
});

test("what is written can be read again, for every whole number of bytes", () => {
  const bytes = fc.oneof(
    fc.nat(),
    fc.maxSafeNat(),
    fc.nat({ max: 4096 }).map((count) => count * 2 ** 20),
  );
  fc.assert(
    fc.property(bytes, (value) => {
      assert.equal(parseSize(formatSize(value)), value);
    }),
    seed,
  );
});

test("the pattern for JSON Schema accepts exactly what the parser does", () => {
  const pattern = new RegExp(sizePattern, "u");
  const pieces = fc.array(fc.constantFrom("1", "20", "b", "k", "m", "g", "i", "B", "M", ".", " "), { maxLength: 5 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join("");
      assert.equal(pattern.test(text), parseSize(text) !== undefined, text);
    }),
    { ...seed, numRuns: 2000 },
  );
});
