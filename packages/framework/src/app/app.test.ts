import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryLogger } from "../telemetry/index.ts";
import type { AppOptions, Part } from "./app.ts";
import { createApp } from "./app.ts";
import { manualClock } from "./clock.ts";

function make(parts: readonly Part[], options: Partial<AppOptions> = {}) {
  const clock = manualClock();
  const { log, entries } = memoryLogger();
  return { clock, entries, app: createApp({ parts, log, clock, ...options }) };
}

/** Parts that note what is done with them. */
function noted(...names: readonly string[]) {
  const seen: string[] = [];
  const parts = names.map((name): Part & { readonly name: string } => ({
    name,
    start: () => void seen.push(`start ${name}`),
    drain: () => void seen.push(`drain ${name}`),
    stop: () => void seen.push(`stop ${name}`),
  }));
  return { seen, parts };
}

test("parts start in order, drain together, and stop in the other order", async () => {
  const { seen, parts } = noted("database", "http");
  const { app } = make(parts);
  assert.equal(app.state, "starting");
  await app.start();
  assert.equal(app.state, "ready");
  await Promise.all([app.stop(), app.stop()]);
  assert.equal(app.state, "stopped");
  assert.deepEqual(seen, ["start database", "start http", "drain database", "drain http", "stop http", "stop database"]);
});

test("where a part fails to start, those before it are stopped and its error is thrown", async () => {
  const { seen, parts } = noted("database", "cache");
  const broken: Part = {
    name: "http",
    start: async () => {
      throw new Error("port taken");
    },
    stop: () => void seen.push("stop http"),
  };
  const { app } = make([...parts, broken, ...noted("never").parts]);
  await assert.rejects(app.start(), /port taken/);
  assert.deepEqual(seen, ["start database", "start cache", "stop cache", "stop database"]);
  assert.equal(app.state, "stopped");
});

test("readiness is withdrawn before the drain delay, and serving goes on until it is over", async () => {
  const { seen, parts } = noted("http");
  const { app, clock } = make(parts, { drainDelayMs: 1000 });
  await app.start();
  assert.equal((await app.readiness.report()).ready, true);
  const stopped = app.stop();
  await clock.advance(999);
  assert.deepEqual([app.state, app.readiness.ready, seen], ["draining", false, ["start http"]]);
  await clock.advance(1);
  await stopped;
  assert.deepEqual(seen.slice(1), ["drain http", "stop http"]);
});

test("what runs is cut when the grace is over", async () => {
  const part: Part = {
    name: "http",
    drain: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  };
  const { app, clock, entries } = make([part], { shutdownGraceMs: 1000 });
  await app.start();
  const stopped = app.stop();
  await clock.advance(999);
  assert.equal(app.state, "stopping");
  await clock.advance(1);
  await stopped;
  assert.equal(app.state, "stopped");
  assert.deepEqual(
    entries.filter(({ level }) => level === "warn").map(({ grace_ms }) => grace_ms),
    [1000],
  );
});

test("a part that fails to stop, or never does, is logged and does not keep the others from stopping", async () => {
  const { seen, parts } = noted("database");
  const stuck: Part = { name: "stuck", stop: () => new Promise(() => {}) };
  const broken: Part = {
    name: "broken",
    stop: () => {
      throw new Error("no");
    },
  };
  const { app, clock, entries } = make([...parts, stuck, broken], { stopTimeoutMs: 100 });
  await app.start();
  const stopped = app.stop();
  await clock.advance(100);
  await stopped;
  assert.equal(seen.at(-1), "stop database");
  assert.deepEqual(
    entries.filter(({ level }) => level === "error").map(({ part, msg }) => `${part}: ${msg}`),
    ["broken: stopping failed", "stuck: stopping took too long and is left behind"],
  );
  assert.equal(clock.waiting, 0);
});

test("stopping while a part starts calls the start off, and what had started is stopped", async () => {
  const { seen, parts } = noted("database");
  const slow: Part = {
    name: "slow",
    start: (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };
  const { app } = make([...parts, slow, ...noted("never").parts]);
  const started = assert.rejects(app.start(), { name: "AbortError" });
  await app.stop();
  await started;
  assert.deepEqual(seen, ["start database", "drain database", "stop database"]);
  await assert.rejects(app.start(), { name: "AbortError" });
});

test("a part that is only disposable is disposed of, and so is the application", async () => {
  const seen: string[] = [];
  {
    await using app = make([{ name: "pool", [Symbol.asyncDispose]: async () => void seen.push("disposed") }]).app;
    await app.start();
  }
  assert.deepEqual(seen, ["disposed"]);
});

test("the check of a part decides over readiness under its name", async () => {
  const { app } = make([
    {
      name: "database",
      ready: () => {
        throw new Error("locked");
      },
    },
  ]);
  await app.start();
  const { ready, dependencies } = await app.readiness.report();
  assert.equal(ready, false);
  assert.deepEqual(
    dependencies.map(({ name, status }) => [name, status]),
    [["database", "down"]],
  );
});
