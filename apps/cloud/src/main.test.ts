import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { readVersion } from "./version.ts";

const main = join(import.meta.dirname, "../bin/main.js");
const launcher = join(import.meta.dirname, "../bin/arcana.js");

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real process in a folder of its own. */
async function arcana(
  t: TestContext,
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
  environment: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const cwd = mkdtempSync(join(tmpdir(), "arcana-main-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  mkdirSync(join(cwd, "config"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, "config", name), content);
  return run(["--conditions=@arcana/source", main, ...words], cwd, environment);
}

async function run(words: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(process.execPath, words, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve) => child.on("exit", resolve)),
  ]);
  return { code, out, err };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

test("the process prints the version and ends with 0", async (t) => {
  assert.deepEqual(await arcana(t, ["--version"]), { code: 0, out: `${readVersion()}\n`, err: "" });
});

test("the launcher starts it from any folder, and hands its exit code on", async () => {
  assert.deepEqual(await run([launcher, "--version"], tmpdir()), { code: 0, out: `${readVersion()}\n`, err: "" });
  assert.equal((await run([launcher, "nope"], tmpdir())).code, 2);
});

test("the files of the folder are read in their order, and it is shown which set what", async (t) => {
  const files = {
    "default.toml": "[server.rest]\nport = 1\nhost = '127.0.0.1'",
    "test.toml": "server.rest.port = 2",
    "local.toml": "[server.rest]\n\nport = 3",
  };
  const { code, out, err } = await arcana(t, ["config", "show", "--explain"], files, {
    ARCANA_ENVIRONMENT: "test",
    ARCANA_SERVER_GRPC_PORT: "4",
  });
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.match(out, /^server\.rest\.port = 3 +# config\/local\.toml:3$/m);
  assert.match(out, /^server\.rest\.host = "127\.0\.0\.1" +# config\/default\.toml:3$/m);
  assert.match(out, /^server\.grpc\.port = 4 +# ARCANA_SERVER_GRPC_PORT$/m);
  assert.match(out, /^app\.environment = "test" +# ARCANA_ENVIRONMENT$/m);
});

test("a broken file is one line with its place, and 78", async (t) => {
  const { code, out, err } = await arcana(t, ["config", "check"], { "local.toml": "[server\nport = 1\n" });
  assert.deepEqual({ code, out }, { code: 78, out: "" });
  assert.match(err, /^arcana: config\/local\.toml:1: column \d+: this is not valid TOML: [^\n]+\n$/);
});

test("production without a secret is refused before anything starts", async (t) => {
  const { code, out, err } = await arcana(t, ["start"], {}, { ARCANA_ENVIRONMENT: "production" });
  assert.deepEqual({ code, out }, { code: 78, out: "" });
  assert.match(err, /^arcana: security\.jwt_secret: production does not start without one: [^\n]+\n$/);
});

test("a reader that goes away in the middle is no error", async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), "arcana-main-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const child = spawn(process.execPath, ["--conditions=@arcana/source", main, "config", "schema"], {
    cwd,
    env: {},
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  const [err, code] = await Promise.all([textOf(child.stderr), new Promise((resolve) => child.on("exit", resolve))]);
  assert.deepEqual({ err, code }, { err: "", code: 0 });
});

test("what is not needed is not loaded: the version comes without the configuration and the application", async () => {
  const hook =
    'import { registerHooks } from "node:module"; registerHooks({ load(url, context, next) { console.error(url); return next(url, context); } })';
  const load = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  const loaded = async (...words: readonly string[]) => (await run([load, "--conditions=@arcana/source", main, ...words], tmpdir())).err;
  assert.doesNotMatch(await loaded("--version"), /cloud\/src\/(config|compose)\.ts|fastify|kysely|pino|connectrpc/);
  const check = await loaded("config", "check");
  assert.match(check, /cloud\/src\/config\.ts/);
  assert.doesNotMatch(check, /cloud\/src\/compose\.ts|fastify|kysely|pino|connectrpc/);
});
