import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Server } from "./process.ts";
import { environmentIn, scratch, startServer } from "./process.ts";
import { call, password, register } from "./rest.ts";

/** The processes that serve, by the lines of their start. */
function workersOf(server: Server): ReadonlySet<number> {
  return new Set(server.lines.filter(({ msg, server: name }) => msg === "listening" && name === "http").map(({ pid }) => pid));
}

async function startWorkers(folder: string): Promise<Server> {
  const server = await startServer(
    environmentIn(folder, { ARCANA_SERVER__WORKERS: "2", ARCANA_SECURITY__LOGIN__ACCOUNT_FREE_ATTEMPTS: "4" }),
  );
  while (workersOf(server).size < 2) await wait(10);
  return server;
}

/** The counted calls of a method, by its metric. */
async function countOf(port: number, method: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("arcana_rpc_requests_total") && line.includes(`method="${method}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test("what one worker decides holds on the other at once, and a scrape counts both", async () => {
  using space = scratch();
  await using server = await startWorkers(space.folder);
  for (let n = 0; n < 10; n++) {
    const { token } = await register(server.rest, `ann${n}`);
    const me = () => call(server.rest, "GET", "/api/v1/auth/me", { token });
    const before = await Promise.all(Array.from({ length: 6 }, me));
    assert.deepEqual(new Set(before.map(({ status }) => status)), new Set([200]));
    assert.equal((await call(server.rest, "POST", "/api/v1/auth/logout", { body: {}, token })).status, 200);
    const after = await Promise.all(Array.from({ length: 6 }, me));
    assert.deepEqual(new Set(after.map(({ body }) => body.error?.code)), new Set(["INVALID_TOKEN"]));
  }
  assert.equal(await countOf(server.rest, "GetCurrentUser"), 120);
  assert.equal(await countOf(server.rest, "Register"), 10);
});

test("wrong passwords count over all workers", async () => {
  using space = scratch();
  await using server = await startWorkers(space.folder);
  await register(server.rest, "ann");
  const guess = () => call(server.rest, "POST", "/api/v1/auth/login", { body: { username_or_email: "ann", password: "wrong" } });
  const codes: (string | undefined)[] = [];
  for (let n = 0; n < 12; n++) codes.push((await guess()).body.error?.code);
  // Four are free, the fifth begins the block.
  assert.deepEqual(codes.slice(0, 5), Array(5).fill("INVALID_CREDENTIALS"));
  assert.ok(codes.includes("RATE_LIMIT_EXCEEDED"));
  assert.ok(codes.filter((code) => code === "INVALID_CREDENTIALS").length <= 7);
});

test("a worker that is killed is replaced, and requests go on", async () => {
  using space = scratch();
  await using server = await startWorkers(space.folder);
  const [first] = workersOf(server);
  assert.ok(first !== undefined && first !== server.pid);
  process.kill(first, "SIGKILL");
  while (workersOf(server).size < 3) await wait(10);
  for (let n = 0; n < 10; n++) assert.equal((await call(server.rest, "GET", "/health")).status, 200);
  const login = await register(server.rest, "ann");
  assert.equal((await call(server.rest, "POST", "/api/v1/auth/login", { body: { username_or_email: "ann", password } })).status, 200);
  assert.equal((await call(server.rest, "GET", "/api/v1/auth/me", { token: login.token })).status, 200);
  server.kill("SIGTERM");
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});
