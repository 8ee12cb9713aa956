import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapSpaceStatistics } from "node:v8";
import { releaseMemory } from "./release-memory.ts";

const youngBytes = (): number => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.physical_space_size ?? 0;

test("the room that the young generation has grown to is handed back, and nothing of the way it was done stays", () => {
  const held: object[][] = [];
  // What survives is what makes it grow.
  while (youngBytes() < 8 * 1024 * 1024) held.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
  releaseMemory();
  assert.ok(youngBytes() < 4 * 1024 * 1024, `${youngBytes()} bytes`);
  assert.ok(held.length > 0);
  assert.equal("gc" in globalThis, false);
});
