import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { command, environmentIn, scratch, startServer } from "./process.ts";
import { call, password } from "./rest.ts";

test("the help names every command, and each has a help of its own", async () => {
  const { code, output, errors } = await command(["--help"], {});
  assert.deepEqual([code, errors], [0, ""]);
  const named = [...output.matchAll(/^ {2}([a-z]+(?: [a-z-]+)?) {2,}\S/gm)].map(([, name = ""]) => name);
  assert.ok(named.includes("start") && named.includes("users create-admin"), output);
  const helps = await Promise.all(named.map((name) => command([...name.split(" "), "--help"], {})));
  for (const [index, help] of helps.entries()) {
    assert.deepEqual([help.code, help.errors], [0, ""]);
    assert.match(help.output, new RegExp(`Usage: arcana ${named[index]} `));
  }
});

test("a wrong command line is one line, ends with 2 and starts nothing", async () => {
  for (const words of [["strat"], ["migrate"], ["migrate", "sideways"], ["start", "--prot", "1"], ["users", "create-admin"]]) {
    const { code, output, errors } = await command(words, {});
    assert.deepEqual([code, output], [2, ""], words.join(" "));
    assert.match(errors, /^arcana: [^\n]+\n$/);
  }
});

test("migrations are listed, applied and taken back, and a server that may not migrate says what is missing", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder);
  const states = async () => {
    const { code, output } = await command(["migrate", "status"], environment);
    assert.equal(code, 0);
    return output.trimEnd().split("\n");
  };
  const fresh = await states();
  assert.ok(fresh.length >= 4);
  for (const line of fresh) assert.match(line, /^not applied +\d{4}_/);

  const refused = await command(["start"], { ...environment, ARCANA_DATABASE__MIGRATE_ON_START: "false" });
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /^arcana: the database lacks 0001_\S+.* run `arcana migrate up`[^\n]*\n$/);

  const up = await command(["migrate", "up"], environment);
  assert.deepEqual([up.code, up.output.trimEnd().split("\n").length], [0, fresh.length]);
  for (const line of await states()) assert.match(line, /^\d{4}-\d\d-\d\dT\S+Z +\d{4}_/);

  const kept = await command(["migrate", "down"], {
    ...environment,
    ARCANA_ENVIRONMENT: "production",
    ARCANA_SECURITY__JWT_SECRET: "x".repeat(32),
  });
  assert.equal(kept.code, 2);
  assert.match(kept.errors, /loses data; add --yes/);
  assert.equal((await command(["migrate", "down"], environment)).code, 0);
  assert.equal((await states()).filter((line) => line.startsWith("not applied")).length, 1);
});

test("the OpenAPI document that is printed is the one that is served", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder);
  const { code, output, errors } = await command(["openapi"], environment);
  assert.deepEqual([code, errors], [0, ""]);
  const printed = JSON.parse(output) as { openapi: string; paths: object };
  assert.match(printed.openapi, /^3\.1\./);
  await using server = await startServer(environment);
  assert.deepEqual((await call(server.rest, "GET", "/api-docs/openapi.json")).body, printed);
});

test("an administrator's password is generated, read or refused, and never shown unasked", async () => {
  using space = scratch();
  const environment = environmentIn(space.folder);
  const create = (name: string, how: string, input = "") =>
    command(["users", "create-admin", "--email", `${name}@example.com`, "--username", name, how], environment, input);
  const generated = await create("one", "--generate-password");
  const shown = /^password: (\S{20,})$/m.exec(generated.output)?.[1];
  assert.ok(generated.code === 0 && shown !== undefined);
  const read = await create("two", "--password-stdin", `${password}\n`);
  assert.equal(read.code, 0);
  assert.ok(!(read.output + read.errors).includes(password));
  const weak = await create("three", "--password-stdin", "password\n");
  assert.deepEqual([weak.code, weak.output], [1, ""]);
  assert.match(weak.errors, /^(?:arcana: [^\n]+\n)+$/);
  await using server = await startServer(environment);
  for (const [name, known] of [
    ["one", shown],
    ["two", password],
  ]) {
    const body = { username_or_email: name, password: known };
    assert.equal((await call(server.rest, "POST", "/api/v1/auth/login", { body })).status, 200);
  }
  const body = { username_or_email: "three", password: "password" };
  assert.equal((await call(server.rest, "POST", "/api/v1/auth/login", { body })).status, 401);
});

test("the settings that are shown name what set them", async () => {
  using space = scratch();
  const { code, output } = await command(
    ["config", "show", "--explain", "--set", "server.workers=3"],
    environmentIn(space.folder, { ARCANA_SERVER_REST_PORT: "", ARCANA__SERVER__DRAIN_DELAY: "2s", ARCANA_SERVER__REST__PORT: "8099" }),
  );
  assert.equal(code, 0);
  assert.match(output, /^server\.workers = 3 +# --set/m);
  assert.match(output, /^server\.drain_delay = "?2s"? +# ARCANA__SERVER__DRAIN_DELAY/m);
  assert.match(output, /^server\.rest\.port = 8099 +# ARCANA_SERVER__REST__PORT/m);
  assert.match(output, new RegExp(`^app\\.data_directory = "${join(space.folder)}" +# ARCANA_APP__DATA_DIRECTORY`, "m"));
});
