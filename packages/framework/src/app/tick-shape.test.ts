import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

/** Nanoseconds a `process.nextTick`, the best of some rounds, after collections that happened while no tick was waiting. */
async function tickNs(prelude: string): Promise<number> {
  const program = `
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const nothing = () => {};
    ${prelude}
    for (let count = 0; count < 30; count++) {
      process.nextTick(nothing);
      await turn();
      gc();
    }
    let best = Infinity;
    for (let round = 0; round < 30; round++) {
      const started = performance.now();
      for (let count = 0; count < 2000; count++) process.nextTick(nothing);
      best = Math.min(best, performance.now() - started);
      await turn();
    }
    console.log((best / 2000) * 1e6);`;
  const args = ["--expose-gc", "--conditions=@arcana/source", "--input-type=module", "--eval", program];
  return Number((await promisify(execFile)(process.execPath, args)).stdout);
}

test("ticks stay fast through collections that find none of them alive", async () => {
  const file = JSON.stringify(new URL("tick-shape.ts", import.meta.url).href);
  const left = await tickNs("");
  const kept = await tickNs(`(await import(${file})).keepTickShape();`);
  assert.ok(
    kept * 2 < left,
    `${kept} ns with it, ${left} ns without: where both are fast, Node has mended it, and this is not needed any more`,
  );
});
