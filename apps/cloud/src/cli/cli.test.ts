import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { domainError } from "../domain/errors.ts";
import { readVersion } from "../version.ts";
import { commands, runCli } from "./cli.ts";
import type { FakeOperations } from "./testing/fake-operations.ts";
import { fakeOperations } from "./testing/fake-operations.ts";
import type { FakeStreamsOptions } from "./testing/fake-streams.ts";
import { fakeStreams } from "./testing/fake-streams.ts";

const configDir = join(import.meta.dirname, "../../../../config");

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly calls: FakeOperations["calls"];
}

async function run(
  line: string,
  { answers, ...options }: FakeStreamsOptions & { answers?: Parameters<typeof fakeOperations>[0] } = {},
): Promise<Outcome> {
  const environment = { ARCANA_CONFIG_DIR: configDir, ...options.environment };
  const streams = fakeStreams({ ...options, environment });
  const operations = fakeOperations(answers);
  const code = await runCli(line.split(" ").filter(Boolean), streams, operations);
  return { code, out: streams.output.text, err: streams.errors.text, calls: operations.calls };
}

test("without a command, and with start, the server starts and nothing is printed", async () => {
  for (const line of ["", "start", "--set server.rest.port=8080 start"]) {
    const outcome = await run(line);
    assert.deepEqual(outcome, { code: 0, out: "", err: "", calls: [["start", 8080, 0]] });
  }
});

test("what is set on the command line reaches the server, wherever it stands", async () => {
  for (const line of [
    "--set server.rest.port=1",
    "start --set=server.rest.port=1",
    "--set server.rest.port=2 start --set server.rest.port=1",
  ]) {
    assert.deepEqual((await run(line)).calls, [["start", 1, 0]], line);
  }
});

test("a server that failed while it ran ends the process as it says", async () => {
  assert.equal((await run("start", { answers: { start: async () => 1 } })).code, 1);
});

test("warnings are the server's to log", async () => {
  const { calls, err } = await run("start --set bootstrap.admin_password=12345678 --set bootstrap.admin_email=a@b.example");
  assert.deepEqual(calls, [["start", 8080, 1]]);
  assert.equal(err, "");
});

test("every command, every group and arcana itself have help, and none of it runs anything", async () => {
  const names = commands.flatMap((node) =>
    node.kind === "command" ? [node.name] : [node.name, ...node.commands.map(({ name }) => `${node.name} ${name}`)],
  );
  assert.ok(names.length >= 12);
  for (const line of ["--help", "-h", "help", "help migrate", ...names.map((name) => `${name} --help`)]) {
    const { code, out, err, calls } = await run(line);
    assert.deepEqual({ code, err, calls }, { code: 0, err: "", calls: [] }, line);
    assert.match(out, /Usage: arcana .*\n[\s\S]*--config-dir DIR/, line);
    for (const text of out.split("\n")) assert.ok(text.length <= 110, text);
  }
});

test("the overview names every command and the exit codes", async () => {
  const { out } = await run("--help");
  for (const node of commands)
    for (const name of node.kind === "command" ? [node.name] : node.commands.map((command) => `${node.name} ${command.name}`))
      assert.match(out, new RegExp(`^  ${name} `, "m"));
  assert.match(out, /0 done, 1 failed, 2 wrong command line, 78 wrong configuration/);
});

test("the version is the package's", async () => {
  assert.equal((await run("--version")).out, `${readVersion()}\n`);
  assert.equal((await run("version")).out, `arcana ${readVersion()} (node ${process.version})\n`);
});

const mistakes: readonly { readonly line: string; readonly says: string }[] = [
  { line: "migarte up", says: 'there is no command "migarte"; did you mean "migrate"?; see arcana --help' },
  { line: "migrate pu", says: 'there is no command "migrate pu"; did you mean "migrate up"?; see arcana migrate --help' },
  { line: "frobnicate", says: 'there is no command "frobnicate"; see arcana --help' },
  { line: "migrate", says: '"migrate" needs one of its commands: up, down, status' },
  { line: "start now", says: '"now" is one word too many; see --help' },
  { line: "start --prot 1", says: "there is no option --prot; see --help" },
  { line: "start --sett=a=1", says: 'there is no option --sett; did you mean "--set"?; see --help' },
  { line: "start --set", says: "--set needs a value: --set KEY=VALUE" },
  { line: "start --set --help", says: '--set is followed by another option; for a value that begins with "-" write --set=--help' },
  { line: "start --set server.rest.port", says: "--set takes a key and a value, such as --set server.rest.port=8081" },
  { line: "start --help=yes", says: "--help takes no value" },
  { line: "start --config-dir /nowhere/at/all", says: "--config-dir names /nowhere/at/all, which is no folder" },
  { line: "migrate down --steps 0", says: '--steps must be a whole number, 1 or more, not "0"' },
  { line: "migrate down --steps 1e3", says: '--steps must be a whole number, 1 or more, not "1e3"' },
  { line: "users create-admin --username a", says: "an administrator needs --email ADDRESS" },
  { line: "users create-admin --email a@b.example", says: "an administrator needs --username NAME" },
  { line: "users create-admin --email nobody --username ada", says: '--email "nobody": must be a mail address' },
  {
    line: "users create-admin --email a@b.example --username a",
    says: '--username "a": must have 3 to 64 letters, digits, "_", "." or "-", a letter first',
  },
  {
    line: "users create-admin --email a@b.example --username ada",
    says: "there is no terminal to ask for a password on; use --password-stdin or --generate-password",
  },
  {
    line: "users create-admin --email a@b.example --username ada --password-stdin --generate-password",
    says: "--password-stdin and --generate-password exclude each other",
  },
  { line: "users create-admin --email a@b.example --username ada --password-stdin", says: "the standard input holds no password" },
];

for (const { line, says } of mistakes) {
  test(`arcana ${line} is answered by one line and 2`, async () => {
    const { code, out, err, calls } = await run(line);
    assert.equal(err, `arcana: ${says}\n`);
    assert.deepEqual({ code, out, calls }, { code: 2, out: "", calls: [] });
  });
}

test("every problem of the configuration is a line of its own, and ends in 78", async () => {
  const { code, err } = await run("config check --set server.rest.prot=1", { environment: { ARCANA_DATABASE__URL: "mysql://db" } });
  assert.equal(code, 78);
  assert.deepEqual(err.split("\n"), [
    "arcana: --set server.rest.prot: there is no such key; the nearest known one is server.rest.port",
    "arcana: ARCANA_DATABASE__URL: database.url: names mysql, and this version has SQLite only; use a URL such as sqlite://./data/arcana.db",
    "",
  ]);
});

test("the configuration is shown without its secrets, as text and as JSON", async () => {
  const environment = { ARCANA_SECURITY__JWT_SECRET: "geheim-geheim-geheim-geheim-geheim" };
  const plain = await run("config show", { environment });
  assert.match(plain.out, /^security\.jwt_secret = "\[redacted\]"$/m);
  const explained = await run("config show --explain --set server.rest.port=1", { environment });
  assert.match(explained.out, /^server\.rest\.port = 1 +# --set server\.rest\.port$/m);
  assert.match(explained.out, /^server\.rest\.host = "0\.0\.0\.0" +# .*config\/default\.toml:\d+$/m);
  assert.match(explained.out, /^# bootstrap\.admin_email is not set$/m);
  const json = await run("config show --json", { environment });
  assert.equal(JSON.parse(json.out).server.rest.port, 8080);
  const rows: readonly { path: string; origin: string }[] = JSON.parse((await run("config show --json --explain", { environment })).out);
  assert.equal(rows.find(({ path }) => path === "security.jwt_secret")?.origin, "ARCANA_SECURITY__JWT_SECRET");
  for (const { out } of [plain, explained, json]) assert.doesNotMatch(out, /geheim/);
});

test("the schema is JSON, the defaults are the shipped file", async () => {
  assert.equal(JSON.parse((await run("config schema")).out).properties.server.properties.rest.properties.port.default, 8080);
  assert.equal((await run("config defaults")).out, readFileSync(join(configDir, "default.toml"), "utf8"));
});

test("warnings of the check go beside the answer", async () => {
  const { code, out, err } = await run("config check --set bootstrap.admin_password=12345678 --set bootstrap.admin_email=a@b.example");
  assert.deepEqual({ code, out }, { code: 0, out: "the configuration is good\n" });
  assert.match(err, /^warning: --set bootstrap\.admin_password: is a secret on the command line/);
});

test("migrations are applied, taken back and listed", async () => {
  assert.equal((await run("migrate up")).out, "applied 0001_users\napplied 0002_sessions\n");
  assert.equal((await run("migrate up", { answers: { migrateUp: async () => [] } })).out, "nothing to apply: the schema is up to date\n");
  assert.equal((await run("migrate down --steps 2")).out, "took back 0002\ntook back 0001\n");
  assert.equal(
    (await run("migrate down", { answers: { migrateDown: async () => [] } })).out,
    "nothing to take back: no migration is applied\n",
  );
  assert.equal((await run("migrate status")).out, "2026-01-01T00:00:00.000Z  0001_users\nnot applied               0002_sessions\n");
});

test("in production a migration is taken back only by who says yes", async () => {
  const environment = { ARCANA_ENVIRONMENT: "production", ARCANA_SECURITY__JWT_SECRET: "geheim-geheim-geheim-geheim-geheim" };
  const refused = await run("migrate down", { environment });
  assert.deepEqual([refused.code, refused.out], [2, ""]);
  assert.match(refused.err, /add --yes/);
  assert.equal((await run("migrate down --yes", { environment })).out, "took back 0001\n");
});

const admin = "users create-admin --email ada@example.com --username ada";

test("an administrator's password comes from the standard input, without its line end", async () => {
  const { code, out, calls } = await run(`${admin} --password-stdin`, { input: ["correct ", "horse\r\n"] });
  assert.equal(code, 0);
  assert.deepEqual(calls, [["createAdmin", { email: "ada@example.com", username: "ada", password: "correct horse" }]]);
  assert.equal(out, "created the superadmin ada <ada@example.com>, id-1\n");
});

test("a password that is generated is printed, long, and another one each time", async () => {
  const outputs = [await run(`${admin} --generate-password`), await run(`${admin} --generate-password`)];
  const passwords = outputs.map(({ out }) => /^password: ([\w-]{24})$/m.exec(out)?.[1]);
  assert.ok(passwords[0] !== undefined && passwords[0] !== passwords[1]);
});

test("on a terminal the password is asked for twice and never shown", async () => {
  const { code, out, err, calls } = await run(admin, { isTTY: true, input: ["geheim\r", "gehein\r", "x\u0015gg\u007feheim1\rgeheim1\r"] });
  assert.equal(code, 0);
  assert.deepEqual(calls, [["createAdmin", { email: "ada@example.com", username: "ada", password: "geheim1" }]]);
  assert.doesNotMatch(out + err, /gehei/);
  assert.match(err, /Password: \nOnce more: \nthey differ; again:\nPassword: /);
});

test("a password is asked for only when the account can be one", async () => {
  const { code, err, calls } = await run("users create-admin --email nobody --username ada", { isTTY: true, input: [] });
  assert.deepEqual({ code, calls }, { code: 2, calls: [] });
  assert.doesNotMatch(err, /Password/);
});

test("what the domain refuses is a line for each field, without a stack", async () => {
  const refuse = async () => {
    throw domainError("EMAIL_TAKEN", "another user has ada@example.com");
  };
  const { code, err } = await run(`${admin} --generate-password`, { answers: { createAdmin: refuse } });
  assert.deepEqual({ code, err }, { code: 1, err: "arcana: another user has ada@example.com\n" });
});

test("the OpenAPI document is printed, or written to the file", async (t) => {
  assert.deepEqual(JSON.parse((await run("openapi")).out), { openapi: "3.1.0", info: { title: "arcana-cloud" } });
  const directory = mkdtempSync(join(tmpdir(), "arcana-cli-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const written = await run(`openapi --output ${directory}/openapi.json`);
  assert.deepEqual([written.code, written.out], [0, ""]);
  assert.equal(JSON.parse(readFileSync(join(directory, "openapi.json"), "utf8")).openapi, "3.1.0");
  const failed = await run(`openapi --output ${directory}/none/openapi.json`);
  assert.deepEqual([failed.code, failed.err], [1, `arcana: ${directory}/none/openapi.json: there is no such file or folder\n`]);
});

test("a fault of the program shows its stack to who asks for it, and to nobody else", async () => {
  const answers = {
    start: async () => {
      throw new TypeError("undefined is not a function");
    },
  };
  const quiet = await run("start", { answers });
  assert.deepEqual(quiet.err, "arcana: this is a fault of the program: TypeError: undefined is not a function; --debug shows where\n");
  assert.equal(quiet.code, 1);
  assert.match((await run("start --debug", { answers })).err, /\n\s+at .*cli\.test\.ts/);
  assert.match((await run("start", { answers, environment: { ARCANA_DEBUG: "1" } })).err, /\n\s+at /);
  assert.doesNotMatch((await run("start", { answers, environment: { ARCANA_DEBUG: "0" } })).err, /\n\s+at /);
});

test("a taken port is named with the key that chooses another", async () => {
  const taken = Object.assign(new Error("listen EADDRINUSE: address already in use 0.0.0.0:9090"), {
    code: "EADDRINUSE",
    syscall: "listen",
    address: "0.0.0.0",
    port: 9090,
  });
  const { code, err } = await run("start", { answers: { start: () => Promise.reject(taken) } });
  assert.deepEqual(
    { code, err },
    {
      code: 1,
      err: "arcana: port 9090 is taken (0.0.0.0): stop the process that has it, or choose another with --set server.grpc.port=9091\n",
    },
  );
});

test("there are colours on a terminal, unless it has none or they are not wanted", async () => {
  const start = "\u001b[";
  assert.ok((await run("--help", { isTTY: true })).out.includes(start));
  assert.ok((await run("nope", { isTTY: true })).err.includes(start));
  assert.ok(!(await run("--help", { isTTY: false })).out.includes(start));
  assert.ok(!(await run("--help", { isTTY: true, environment: { NO_COLOR: "1" } })).out.includes(start));
  assert.ok(!(await run("--help", { isTTY: true, environment: { TERM: "dumb" } })).out.includes(start));
});
