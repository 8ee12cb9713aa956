import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import type { Child } from "./testing/child.ts";
import { startProgram } from "./testing/child.ts";

const bothReady = (child: Child) =>
  Promise.all([1, 2].map((number) => child.line(({ msg, worker }) => msg === "worker is ready" && worker === number)));

/** Asks until both workers have answered; how often each did. */
async function serveByBoth(child: Child): Promise<number> {
  const seen = new Set<unknown>();
  let requests = 0;
  while (seen.size < 2) {
    seen.add(JSON.parse(await child.get("/serve")).worker);
    requests += 1;
    assert.ok(requests < 100, "one worker answers everything");
  }
  return requests;
}

test("two workers share a port, a scrape by either sums what both counted, and a signal to the group, as a terminal sends it, is one stop", async () => {
  await using child = await startProgram({ workers: 2 });
  await bothReady(child);
  const requests = await serveByBoth(child);
  for (let scrape = 0; scrape < 4; scrape++) assert.match(await child.get("/metrics"), new RegExp(`^served_total ${requests}$`, "m"));
  const slow = child.get("/slow");
  await child.line(({ path }) => path === "/slow");
  child.killGroup("SIGINT");
  assert.equal(await slow, "slow but done");
  assert.deepEqual(await child.ended, { code: 0, signal: null });
  assert.equal(child.lines.filter(({ msg }) => msg === "database closed").length, 2);
});

test("a worker that dies is replaced under its number, and the other serves on", async () => {
  await using child = await startProgram({ workers: 2 });
  await bothReady(child);
  await child.get("/die").catch(() => {});
  const death = await child.line(({ level }) => level === "error");
  assert.match(death.msg, /^worker [12] was ended by SIGKILL$/);
  assert.ok((await child.get("/serve")).length > 0);
  const readyPids = () => child.lines.filter(({ msg, worker }) => msg === "worker is ready" && worker === death.worker);
  await child.line(() => readyPids().length === 2);
  assert.equal(new Set(readyPids().map((line) => line.worker_pid)).size, 2);
  await serveByBoth(child);
  child.kill("SIGTERM");
  assert.equal((await child.ended).code, 0);
});

test("workers that die again and again end the whole with 1", async () => {
  await using child = await startProgram({ workers: 2, maxRestarts: 1 });
  await bothReady(child);
  await child.get("/die").catch(() => {});
  await child.line(() => child.lines.filter(({ msg }) => msg === "worker is ready").length === 3);
  await child.get("/die").catch(() => {});
  assert.equal((await child.ended).code, 1);
  assert.match(JSON.stringify(child.lines.find(({ level }) => level === "fatal")), /no worker is started any more/);
});

test("what keeps workers from starting is reported once, and nothing is restarted", async () => {
  await using child = await startProgram({ workers: 3, startFailure: "the key file is not there" });
  assert.equal((await child.ended).code, 78);
  assert.equal(child.errors, "could not start: the key file is not there (E_SETTINGS)\n");
});

test("a taken port is reported once as well", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const address = holder.address();
  await using child = await startProgram({ workers: 2, port: typeof address === "object" && address !== null ? address.port : 0 });
  holder.close();
  assert.equal((await child.ended).code, 78);
  assert.match(child.errors, /^could not start: [^\n]*EADDRINUSE[^\n]*\n$/);
});

test("a second signal to the supervisor ends it and its workers at once", async () => {
  await using child = await startProgram({ workers: 2, drainDelayMs: 60_000 });
  await bothReady(child);
  child.kill("SIGINT");
  await child.line(({ state }) => state === "draining");
  child.kill("SIGINT");
  // Ended means that the workers are gone too: they hold the output open.
  assert.equal((await child.ended).code, 130);
});
