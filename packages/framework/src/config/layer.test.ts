import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Layer } from "./layer.ts";
import { merge } from "./layer.ts";

const layers = fc.array(
  fc.array(fc.tuple(fc.constantFrom("a", "b.c", "b.d"), fc.nat()), { maxLength: 4 }).map(
    (drawn): Layer => ({
      entries: new Map(drawn.map(([path, raw]) => [path, { raw, origin: { layer: "override", path } }])),
      problems: drawn.map(([path]) => ({ path, origin: undefined, message: "wrong" })),
    }),
  ),
  { maxLength: 5 },
);

test("every key has the value of the last layer that sets it, and no problem is lost", () => {
  fc.assert(
    fc.property(layers, (drawn) => {
      const { entries, problems } = merge(drawn);
      for (const path of ["a", "b.c", "b.d"])
        assert.deepEqual(entries.get(path), drawn.findLast((layer) => layer.entries.has(path))?.entries.get(path));
      assert.equal(
        problems.length,
        drawn.reduce((sum, layer) => sum + layer.problems.length, 0),
      );
    }),
    { seed: 20260101 },
  );
});

test("it does not matter which neighbours are merged first", () => {
  fc.assert(
    fc.property(layers, layers, layers, (a, b, c) => {
      const left = merge([merge([...a, ...b]), ...c]);
      const right = merge([...a, merge([...b, ...c])]);
      assert.deepEqual(new Map([...left.entries].sort()), new Map([...right.entries].sort()));
    }),
    { seed: 20260101 },
  );
});
