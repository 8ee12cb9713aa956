import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { HealthService } from "../../apps/cloud/src/gen/arcana/health/v1/health_pb.ts";
import { command, environmentIn, scratch, startServer } from "./process.ts";
import { call, password, register } from "./rest.ts";

/** Asks over and over on a kept connection, opening another where the server closes this one. */
function askSteadily(port: number, path: string, body?: unknown) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: (number | string)[] = [];
  let asking = true;
  const ask = () =>
    new Promise<void>((resolve) => {
      const options = { port, path, agent, method: body === undefined ? "GET" : "POST", headers: { "content-type": "application/json" } };
      const sent = request(options, (response) => {
        statuses.push(response.statusCode ?? 0);
        response.resume().on("end", resolve);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        statuses.push(error.code ?? error.message);
        resolve();
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const done = (async () => {
    while (asking) await ask();
    agent.destroy();
  })();
  return {
    statuses,
    async stop() {
      asking = false;
      await done;
    },
  };
}

test("SIGTERM: not ready but serving, then closed, no request lost, the database sound, exit 0", async () => {
  using space = scratch();
  await using server = await startServer(environmentIn(space.folder, { ARCANA_SERVER__DRAIN_DELAY: "1s" }));
  await register(server.rest, "ann");
  const load = [
    askSteadily(server.rest, "/health"),
    askSteadily(server.rest, "/api/v1/auth/login", { username_or_email: "ann", password }),
  ];
  const all = (more: (statuses: readonly unknown[], client: number) => boolean) =>
    load.every(({ statuses }, client) => more(statuses, client));
  while (!all(({ length }) => length >= 20)) await wait(5);
  server.kill("SIGTERM");
  await server.line(({ msg }) => msg === "stopping");
  const ready = await call(server.rest, "GET", "/ready");
  assert.deepEqual([ready.status, ready.body.state], [503, "draining"]);
  // It serves while it drains. Whoever asks /ready looks away within the delay, as load balancers do.
  const before = load.map(({ statuses }) => statuses.length);
  while (!all(({ length }, client) => length >= (before[client] ?? 0) + 5)) await wait(5);
  for (const client of load) {
    await client.stop();
    assert.deepEqual([...new Set(client.statuses)], [200]);
  }
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.equal(existsSync(join(space.folder, "test.db-wal")), false);
  const database = new DatabaseSync(join(space.folder, "test.db"), { readOnly: true });
  assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
  database.close();
});

test("during the drain every answer asks its client to go elsewhere", async () => {
  using space = scratch();
  await using server = await startServer(environmentIn(space.folder, { ARCANA_SERVER__DRAIN_DELAY: "500ms" }));
  const connectionOf = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const agent = new Agent({ keepAlive: true });
      request({ port: server.rest, path: "/health", agent }, (response) => {
        resolve(response.headers.connection);
        response.resume().on("end", () => agent.destroy());
      })
        .on("error", reject)
        .end();
    });
  assert.equal(await connectionOf(), "keep-alive");
  server.kill("SIGTERM");
  await server.line(({ msg }) => msg === "stopping");
  assert.equal(await connectionOf(), "close");
  assert.equal((await server.ended).code, 0);
});

test("a call that runs when SIGTERM comes is answered", async () => {
  using space = scratch();
  // Slow enough to be under way for sure, on any machine.
  await using server = await startServer(
    environmentIn(space.folder, { ARCANA_SECURITY__ARGON2__MEMORY_KIB: "65536", ARCANA_SECURITY__ARGON2__TIME: "10" }),
  );
  const registering = call(server.rest, "POST", "/api/v1/auth/register", { body: { username: "ann", email: "ann@example.com", password } });
  const hashing = async () => (await fetch(`http://127.0.0.1:${server.rest}/metrics`)).text();
  while (!(await hashing()).includes("arcana_password_hashes_running 1")) await wait(5);
  server.kill("SIGTERM");
  assert.equal((await registering).status, 201);
  assert.equal((await server.ended).code, 0);
});

test("an open stream does not hold up the stop beyond the grace", async () => {
  using space = scratch();
  await using server = await startServer(environmentIn(space.folder, { ARCANA_SERVER__SHUTDOWN_GRACE: "500ms" }));
  const health = createClient(HealthService, createGrpcTransport({ baseUrl: `http://127.0.0.1:${server.grpc}` }));
  const statuses: string[] = [];
  const watching = (async () => {
    for await (const { status } of health.watch({})) statuses.push(status);
  })().catch(() => {});
  while (statuses.length === 0) await wait(10);
  const startedMs = performance.now();
  server.kill("SIGTERM");
  assert.equal((await server.ended).code, 0);
  assert.ok(performance.now() - startedMs < 5000);
  await watching;
  assert.equal(statuses[0], "ready");
});

test("a second signal ends the process at once, with the shell's code for it", async () => {
  using space = scratch();
  await using server = await startServer(environmentIn(space.folder, { ARCANA_SERVER__DRAIN_DELAY: "30s" }));
  server.kill("SIGTERM");
  await server.line(({ msg }) => msg === "stopping");
  server.kill("SIGTERM");
  assert.deepEqual(await server.ended, { code: 143, signal: null });
});

test("SIGINT stops it as well", async () => {
  using space = scratch();
  await using server = await startServer(environmentIn(space.folder));
  server.kill("SIGINT");
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test("kill -9 amid writes loses nothing that was answered", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder);
  const answered: string[] = [];
  {
    await using server = await startServer(environment);
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; ; n++) {
        const username = `w${writer}n${n}`;
        await register(server.rest, username);
        answered.push(username);
      }
    }).map((writing) => writing.catch(() => {}));
    while (answered.length < 60) await wait(5);
    server.kill("SIGKILL");
    await Promise.all(writers);
  }
  await using server = await startServer(environment);
  for (const username of answered) {
    const { status } = await call(server.rest, "POST", "/api/v1/auth/login", { body: { username_or_email: username, password } });
    assert.equal(status, 200, username);
  }
});

test("a command writes while the server runs, and the server sees it at once", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder);
  await using server = await startServer(environment);
  const words = ["users", "create-admin", "--email", "root@example.com", "--username", "root", "--password-stdin"];
  const made = await command(words, environment, `${password}\n`);
  assert.deepEqual([made.code, made.errors], [0, ""]);
  const login = await call(server.rest, "POST", "/api/v1/auth/login", { body: { username_or_email: "root", password } });
  assert.equal((login.body.data?.user as { role: string } | undefined)?.role, "superadmin");
  const again = await command(words, environment, `${password}\n`);
  assert.equal(again.code, 1);
  assert.match(again.errors, /^arcana: .*in use/);
});
