import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryLogger } from "../telemetry/index.ts";
import { manualClock } from "./clock.ts";
import { live, ready } from "./probes.ts";
import { createReadiness } from "./readiness.ts";

function make() {
  const clock = manualClock();
  const { log, entries } = memoryLogger();
  return { clock, entries, readiness: createReadiness({ log, clock, timeoutMs: 100, cacheMs: 50, watchMs: 1000 }) };
}

test("ready is who has started and whose dependencies are up; each is told", async () => {
  const { readiness } = make();
  readiness.add("database", () => {});
  assert.deepEqual(await ready(readiness), {
    status: 503,
    body: { ready: false, state: "starting", dependencies: [{ name: "database", status: "up", latency_ms: 0 }] },
  });
  readiness.enter("ready");
  assert.equal((await ready(readiness)).status, 200);
  readiness.enter("draining");
  assert.equal((await ready(readiness)).status, 503);
  assert.equal(live().status, 200);
  assert.throws(() => readiness.add("database", () => {}), TypeError);
});

test("a dependency that fails is down, without its error in the answer; the log has it, once for each fall", async () => {
  const { readiness, clock, entries } = make();
  let down = true;
  readiness.add("cache", async () => {
    if (down) throw new Error("connect ECONNREFUSED 10.0.0.3:6379");
  });
  readiness.enter("ready");
  const { status, body } = await ready(readiness);
  assert.equal(status, 503);
  assert.deepEqual(body.dependencies, [{ name: "cache", status: "down", latency_ms: 0, error: "failed" }]);
  await clock.advance(60);
  await readiness.report();
  assert.equal(entries.length, 1);
  assert.match(JSON.stringify(entries[0]), /ECONNREFUSED/);
  down = false;
  await clock.advance(60);
  assert.equal((await readiness.report()).ready, true);
  assert.deepEqual(
    entries.map(({ msg }) => msg),
    ["a dependency is down", "a dependency is up again"],
  );
});

test("a check that takes too long is down, is told so, and is not run again until it has ended", async () => {
  const { readiness, clock } = make();
  const hang = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  readiness.add("slow", (signal) => {
    signals.push(signal);
    return hang.promise;
  });
  const report = readiness.report();
  await clock.advance(100);
  assert.deepEqual((await report).dependencies, [{ name: "slow", status: "down", error: "timed out" }]);
  assert.ok(signals[0]?.aborted);
  await clock.advance(1000);
  await readiness.report();
  assert.equal(signals.length, 1);
  hang.resolve();
  await clock.advance(0);
  assert.equal((await readiness.report()).dependencies[0]?.status, "up");
  assert.equal(signals.length, 2);
});

test("checks run side by side, and many who ask at once cost one run until its result is old", async () => {
  const { readiness, clock } = make();
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  for (const name of ["one", "two"])
    readiness.add(name, async () => {
      runs += 1;
      if (runs === 2) gate.resolve();
      await gate.promise;
    });
  await Promise.all([readiness.report(), readiness.report(), readiness.report()]);
  await readiness.report();
  assert.equal(runs, 2);
  await clock.advance(50);
  await readiness.report();
  assert.equal(runs, 4);
});

test("who watches is told of changes without anybody asking, and the watching ends", async () => {
  const { readiness, clock } = make();
  let up = true;
  readiness.add("database", () => {
    if (!up) throw new Error("gone");
  });
  const changes: boolean[] = [];
  const end = readiness.watch((now) => changes.push(now));
  readiness.enter("ready");
  await clock.advance(0);
  up = false;
  await clock.advance(1000);
  up = true;
  await clock.advance(1000);
  readiness.enter("draining");
  assert.deepEqual(changes, [true, false, true, false]);
  assert.equal(clock.waiting, 0);
  end();
  readiness.enter("ready");
  await clock.advance(5000);
  assert.equal(changes.length, 4);
});
