import assert from "node:assert/strict";
import { test } from "node:test";
import { decideRestart } from "./restart.ts";

const policy = { firstDelayMs: 100, maxDelayMs: 500, maxRestarts: 4, windowMs: 1000 };

test("delays double up to the longest; one death too many ends it", () => {
  let deathsMs: readonly number[] = [];
  const decisions = [0, 1, 2, 3, 4].map((nowMs) => {
    const decision = decideRestart(policy, deathsMs, nowMs);
    deathsMs = decision.deathsMs;
    return decision.kind === "restart" ? decision.delayMs : decision.kind;
  });
  assert.deepEqual(decisions, [100, 200, 400, 500, "give up"]);
});

test("deaths before the window count no more", () => {
  assert.deepEqual(decideRestart(policy, [0, 1, 2, 500], 1400), { kind: "restart", delayMs: 200, deathsMs: [500, 1400] });
});
