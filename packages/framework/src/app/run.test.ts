import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { startProgram } from "./testing/child.ts";

test("SIGTERM withdraws readiness, serves on, finishes what runs, closes the database last and exits 0", async () => {
  await using child = await startProgram({ drainDelayMs: 300 });
  assert.match(await child.get("/ready"), /"ready":true/);
  const slow = child.get("/slow");
  await child.line(({ path }) => path === "/slow");
  child.kill("SIGTERM");
  await child.line(({ state }) => state === "draining");
  assert.match(await child.get("/ready"), /"ready":false,"state":"draining"/);
  assert.match(await child.get("/live"), /alive/);
  await child.line(({ state }) => state === "stopping");
  await assert.rejects(child.get("/live"));
  assert.equal(await slow, "slow but done");
  assert.deepEqual(await child.ended, { code: 0, signal: null });
  assert.deepEqual(
    child.lines.slice(-2).map(({ msg, state }) => state ?? msg),
    ["database closed", "stopped"],
  );
});

test("what does not finish within the grace is cut, and the stop is still clean", async () => {
  await using child = await startProgram({ shutdownGraceMs: 50 });
  const never = child.get("/never");
  await child.line(({ path }) => path === "/never");
  child.kill("SIGINT");
  await assert.rejects(never);
  assert.equal((await child.ended).code, 0);
  assert.ok(child.lines.some(({ msg }) => msg === "database closed"));
});

for (const [second, code] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const) {
  test(`a second signal, ${second}, exits at once with ${code}, the log written`, async () => {
    await using child = await startProgram({ drainDelayMs: 60_000 });
    child.kill("SIGTERM");
    await child.line(({ state }) => state === "draining");
    child.kill(second);
    assert.deepEqual(await child.ended, { code, signal: null });
    assert.equal(child.lines.at(-1)?.msg, "second signal: exiting at once");
  });
}

for (const [path, text] of [
  ["/throw", "thrown by a test"],
  ["/reject", "rejected by a test"],
] as const) {
  test(`an error that nobody catches (${path}) is logged, stops the server in order and exits 1`, async () => {
    await using child = await startProgram({ drainDelayMs: 60_000 });
    child.get(path).catch(() => {});
    assert.deepEqual(await child.ended, { code: 1, signal: null });
    const fatal = child.lines.find(({ level }) => level === "fatal");
    assert.match(JSON.stringify(fatal), new RegExp(text));
    assert.equal(child.lines.at(-1)?.state, "stopped");
  });
}

test("a taken port is the error of the start", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await using child = await startProgram({ port });
  holder.close();
  assert.equal((await child.ended).code, 78);
  assert.match(child.errors, /^could not start: listen EADDRINUSE.*\(EADDRINUSE\)\n$/);
  assert.ok(child.lines.some(({ msg }) => msg === "database closed"));
});
