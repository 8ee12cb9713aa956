import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { command, environmentIn, scratch, startServer } from "./process.ts";
import { call } from "./rest.ts";

/** What an operator's mistake must look like: one line a problem that says what to do, and no inside. */
function assertClear(errors: string, fits: RegExp): void {
  assert.match(errors, fits);
  assert.match(errors, /^arcana: /);
  assert.doesNotMatch(errors, /\n\s+at |node:internal|\.ts:\d+:\d+/);
  assert.equal(errors.trimEnd().split("\n").length, 1, errors);
}

test("a server starts on an empty folder, makes its secret and its schema, and answers", async () => {
  using space = scratch();
  await using server = await startServer(environmentIn(join(space.folder, "new", "folder")));
  const health = await call(server.rest, "GET", "/health");
  assert.deepEqual([health.status, health.body.status], [200, "healthy"]);
  const ready = await call(server.rest, "GET", "/ready");
  assert.deepEqual([ready.status, ready.body.ready], [200, true]);
  assert.equal(server.errors(), "");
  const url = `http://127.0.0.1:${server.rest}`;
  const { rest, docs, grpc } = await server.line(({ msg }) => msg === "ready");
  assert.deepEqual({ rest, docs, grpc }, { rest: url, docs: `${url}/swagger-ui`, grpc: `127.0.0.1:${server.grpc}` });
  assert.equal((await fetch(`${url}/`)).url, String(docs));
});

for (const [what, key] of [
  ["REST", "ARCANA_SERVER__REST__PORT"],
  ["gRPC", "ARCANA_SERVER__GRPC__PORT"],
  ["metrics", "ARCANA_OBSERVABILITY__METRICS_PORT"],
] as const)
  test(`a taken port for ${what} is one line that names it`, async (t) => {
    using space = scratch();
    const taken = createServer().listen(0, "127.0.0.1");
    t.after(() => taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const hosts = { ARCANA_OBSERVABILITY__METRICS_HOST: "127.0.0.1" };
    const { code, errors } = await command(["start"], environmentIn(space.folder, { ...hosts, [key]: String(port) }));
    assert.equal(code, 1);
    assertClear(errors, new RegExp(`port ${port} is taken`));
  });

test("a folder that cannot be written, a file that is no database are told apart", async () => {
  using space = scratch();
  const file = join(space.folder, "file");
  writeFileSync(file, "this is a text and not a database, and it is long enough to be looked at twice. ".repeat(20));
  const below = await command(["start"], environmentIn(space.folder, { ARCANA_DATABASE__URL: `sqlite://${file}/data/a.db` }));
  assert.equal(below.code, 1);
  assertClear(below.errors, /cannot be used .*make the file and its folder writable/);
  const text = await command(["start"], environmentIn(space.folder, { ARCANA_DATABASE__URL: `sqlite://${file}` }));
  assert.equal(text.code, 1);
  assertClear(text.errors, /file is not a database/);
});

test("a database of a newer schema is left alone", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder);
  assert.equal((await command(["migrate", "up"], environment)).code, 0);
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(join(space.folder, "test.db"));
  database.exec("INSERT INTO schema_migrations (name, timestamp) VALUES ('9999_future', '2030-01-01T00:00:00.000Z')");
  database.close();
  const { code, errors } = await command(["start"], environment);
  assert.equal(code, 1);
  assertClear(errors, /9999_future.*run the build that made them, or a newer one/);
});

test("wrong settings are told all at once, with the nearest known key", async () => {
  using space = scratch();
  const configs = join(space.folder, "config");
  mkdirSync(configs);
  writeFileSync(join(configs, "local.toml"), '[server]\nworkrs = 2\n[server.rest]\nport = "high"\n');
  const { code, errors } = await command(
    ["start", "--config-dir", configs],
    environmentIn(space.folder, { ARCANA_SERVER__DRAIN_DELAI: "1s", ARCANA_SERVER__REST__PORT: "" }),
  );
  assert.equal(code, 78);
  assert.match(errors, /local\.toml:2.*workrs.*workers/);
  assert.match(errors, /local\.toml:4.*port/);
  assert.match(errors, /ARCANA_SERVER__DRAIN_DELAI.*ARCANA_SERVER__DRAIN_DELAY/);
  assert.doesNotMatch(errors, /\n\s+at /);
});

test("a broken TOML file is one line with its place", async () => {
  using space = scratch();
  writeFileSync(join(space.folder, "local.toml"), "[server\nworkers = 2\n");
  const { code, errors } = await command(["start", "--config-dir", space.folder], environmentIn(space.folder));
  assert.equal(code, 78);
  assertClear(errors, /local\.toml:1.*not valid TOML/);
});

test("production without a secret, and another mode than monolithic, are refused", async () => {
  using space = scratch();
  const production = await command(["start"], environmentIn(space.folder, { ARCANA_ENVIRONMENT: "production" }));
  assert.equal(production.code, 78);
  assertClear(production.errors, /production does not start without one/);
  const layered = await command(["start"], environmentIn(space.folder, { ARCANA_DEPLOYMENT_MODE: "layeredgrpc" }));
  assert.equal(layered.code, 78);
  assertClear(layered.errors, /not available in this version/);
});

test("no secret is ever printed", async () => {
  using space = scratch();
  const secret = "a-secret-that-must-not-be-seen-anywhere-0123456789";
  const environment = environmentIn(space.folder, {
    ARCANA_SECURITY__JWT_SECRET: secret,
    ARCANA_BOOTSTRAP__ADMIN_EMAIL: "a@example.com",
    ARCANA_BOOTSTRAP__ADMIN_PASSWORD: secret,
  });
  for (const words of [
    ["config", "show", "--explain"],
    ["config", "show", "--json"],
    ["config", "check"],
  ]) {
    const { code, output, errors } = await command(words, environment);
    assert.equal(code, 0);
    assert.doesNotMatch(output + errors, new RegExp(secret));
  }
  await using server = await startServer({ ...environment, ARCANA_OBSERVABILITY__LOG_LEVEL: "trace" });
  assert.equal((await call(server.rest, "POST", "/api/v1/auth/login", { body: { email: "a@example.com", password: secret } })).status, 200);
  server.kill("SIGTERM");
  await server.ended;
  assert.doesNotMatch(JSON.stringify(server.lines), new RegExp(secret));
});
