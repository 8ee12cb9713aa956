// Runs every case over every way in, and then compares what the ways gave: equal answers and equal errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Way } from "./ways.ts";
import type { Person, World } from "./world.ts";
import { worldOf } from "./world.ts";

/** A case asserts what is promised, and returns what must be the same whichever way it came. */
export type Cases = Readonly<Record<string, (world: World) => Promise<unknown>>>;

export interface Running {
  readonly ways: readonly Way[];
  readonly root: Person;
}

export function behaviour(cases: Cases, running: () => Running): void {
  for (const [name, run] of Object.entries(cases)) {
    test(name, async (t) => {
      const results = new Map<string, unknown>();
      for (const way of running().ways) {
        await t.test(`over ${way.name}`, async () => {
          results.set(way.name, await run(worldOf(way, running().root)));
        });
      }
      const [first, ...others] = results;
      for (const [way, result] of others) assert.deepEqual(result, first?.[1], `${way} answered otherwise than ${first?.[0]}`);
    });
  }
}
