import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance, nearest } from "./nearest.ts";

test("the distance counts letters put in, taken out, replaced and swapped", () => {
  const cases: readonly [string, string, number][] = [
    ["", "", 0],
    ["port", "port", 0],
    ["", "port", 4],
    ["prot", "port", 1],
    ["pot", "port", 1],
    ["ports", "port", 1],
    ["pork", "port", 1],
    ["kitten", "sitting", 3],
  ];
  for (const [a, b, distance] of cases) assert.equal(editDistance(a, b), distance, `${a} and ${b}`);
});

test("the distance is the same both ways, zero for equals alone, and no more than the longer word", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length) && distance >= Math.abs(a.length - b.length));
    }),
    { seed: 20260101 },
  );
});

test("the nearest is found, the first of equals, and none among none", () => {
  assert.equal(nearest("migarte", ["start", "migrate", "config"]), "migrate");
  assert.equal(nearest("ab", ["aa", "bb"]), "aa");
  assert.equal(nearest("x", []), undefined);
});
