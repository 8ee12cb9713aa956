import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { command, environmentIn, scratch, startServer } from "./process.ts";
import { call } from "./rest.ts";

const twoWorkers = { ARCANA_SERVER__WORKERS: "2" };

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  const patience = AbortSignal.timeout(10_000);
  while (pids.some(runs)) await wait(10, undefined, { signal: patience });
}

test("what keeps the workers from starting is told once, as without workers", async (t) => {
  using space = scratch();
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const file = join(space.folder, "text");
  writeFileSync(file, "no database, but long enough to be taken for one at first sight. ".repeat(20));
  for (const [settings, expected] of [
    [{ ARCANA_SERVER__REST__PORT: String(port) }, new RegExp(`port ${port} is taken`)],
    [{ ARCANA_DATABASE__URL: `sqlite://${file}` }, /not a database/],
  ] as const) {
    const { code, errors } = await command(["start"], environmentIn(space.folder, { ...twoWorkers, ...settings }));
    assert.equal(code, 1);
    assert.match(errors, expected);
    assert.match(errors, /^arcana: [^\n]+\n$/);
  }
});

test("workers do not outlive a supervisor that is killed, and their ports are free again", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder, twoWorkers);
  const server = await startServer(environment);
  const workers = [...new Set(server.lines.map(({ pid }) => pid))].filter((pid) => pid !== server.pid);
  assert.ok(workers.length > 0);
  server.kill("SIGKILL");
  await server.ended;
  await gone(workers);
  const ports = { ARCANA_SERVER__REST__PORT: String(server.rest), ARCANA_SERVER__GRPC__PORT: String(server.grpc) };
  await using again = await startServer({ ...environment, ...ports });
  assert.equal((await call(again.rest, "GET", "/health")).status, 200);
});

test("a signal to the whole group, as Ctrl-C sends it, stops all workers in order", async () => {
  using space = scratch();
  const entry = join(import.meta.dirname, "../../apps/cloud/bin/main.js");
  const child = spawn(process.execPath, ["--conditions=@arcana/source", entry, "start"], {
    env: { PATH: process.env.PATH, ...environmentIn(space.folder, twoWorkers) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk));
  const lines: { readonly msg: string; readonly level: string }[] = [];
  let listening = 0;
  const ended = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = JSON.parse(line) as { msg: string; level: string };
    lines.push(parsed);
    // Two ports on each of two workers.
    if (parsed.msg === "listening" && ++listening === 4) process.kill(-(child.pid ?? 0), "SIGINT");
  }
  assert.deepEqual(await ended, [0, null]);
  assert.equal(errors, "");
  assert.deepEqual(
    lines.filter(({ level }) => level === "error" || level === "fatal"),
    [],
  );
});

test("a server whose log nobody reads any more serves on, and stops when told", async () => {
  using space = scratch();
  const entry = join(import.meta.dirname, "../../apps/cloud/bin/main.js");
  const child = spawn(process.execPath, ["--conditions=@arcana/source", entry, "start"], {
    env: { PATH: process.env.PATH, ...environmentIn(space.folder, { ARCANA_OBSERVABILITY__LOG_LEVEL: "debug" }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, server, port: at } = JSON.parse(line) as { msg: string; server?: string; port?: number };
    if (msg === "listening" && server === "http") {
      port = at ?? 0;
      break;
    }
  }
  child.stdout.destroy();
  for (let n = 0; n < 50; n++) assert.equal((await call(port, "GET", "/health")).status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});
