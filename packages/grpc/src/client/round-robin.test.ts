import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundRobin } from "./round-robin.ts";

test("each has its turn", () => {
  const robin = new RoundRobin<string>();
  const picked = Array.from({ length: 7 }, () => robin.pick(["a", "b", "c"], () => true));
  assert.deepEqual(picked, ["a", "b", "c", "a", "b", "c", "a"]);
});

test("who is not fit is passed over", () => {
  const robin = new RoundRobin<string>();
  const picked = Array.from({ length: 4 }, () => robin.pick(["a", "b", "c"], (item) => item !== "b"));
  assert.deepEqual(picked, ["a", "c", "a", "c"]);
  assert.equal(
    robin.pick(["a"], () => false),
    undefined,
  );
  assert.equal(
    robin.pick([], () => true),
    undefined,
  );
});

test("it begins where chance says", () => {
  const begins = new Set(
    Array.from({ length: 9 }, (_, tenth) => new RoundRobin<string>((tenth + 1) / 10).pick(["a", "b", "c"], () => true)),
  );
  assert.deepEqual([...begins].sort(), ["a", "b", "c"]);
});
