import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { either, list } from "./compounds.ts";
import { explainConfig } from "./explain.ts";
import { optional } from "./field.ts";
import type { ConfigSources } from "./load.ts";
import { loadConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";
import { choice, duration, flag, integer, secret, size, text } from "./scalars.ts";
import type { ConfigOf } from "./schema.ts";
import { section } from "./schema.ts";
import type { Secret } from "./secret.ts";

const schema = section({
  app: section({
    environment: choice(["development", "production"], {
      doc: "Where it runs.",
      default: "development",
      environment: ["ARCANA_ENVIRONMENT"],
    }),
  }),
  server: section({
    rest: section({
      host: text({ doc: "Host.", default: "0.0.0.0" }),
      port: integer({ doc: "Port.", default: 8080, min: 0, max: 65_535 }),
    }),
    request_timeout: duration({ doc: "Timeout.", default: "30s" }),
    max_body_size: size({ doc: "Limit.", default: "10mb" }),
    cors_origins: list(text({}), { doc: "Origins.", default: [] }),
    workers: either(integer({ min: 1 }), choice(["auto"], {}), { doc: "Workers.", default: 1 }),
  }),
  database: section({ url: text({ doc: "URL.", default: "sqlite://./data/arcana.db" }), log: flag({ doc: "Log.", default: false }) }),
  security: section({ jwt_secret: optional(secret({ doc: "Secret.", minBytes: 8 })) }),
});

type Config = ConfigOf<typeof schema>;

/** A folder with these files in it, which goes when the test is over. */
function folder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = mkdtempSync(join(tmpdir(), "arcana-config-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

function layered(directory: string): string[] {
  return ["default", "{app.environment}", "local"].map((name) => join(directory, `${name}.toml`));
}

/** The lines of the error that loading gives, with the folder's name taken out. */
function problemsOf(sources: ConfigSources<Config>, directory = ""): readonly string[] {
  try {
    loadConfig(schema, sources);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.replaceAll(`${directory}/`, "").split("\n");
  }
  return [];
}

test("without any layer the defaults are the configuration, named and typed for the program", () => {
  const { config, warnings } = loadConfig(schema, {});
  // This assignment is the test of the inferred type.
  const typed: {
    readonly app: { readonly environment: "development" | "production" };
    readonly server: {
      readonly rest: { readonly host: string; readonly port: number };
      readonly requestTimeoutMs: number;
      readonly maxBodySizeBytes: number;
      readonly corsOrigins: readonly string[];
      readonly workers: number | "auto";
    };
    readonly database: { readonly url: string; readonly log: boolean };
    readonly security: { readonly jwtSecret: Secret | undefined };
  } = config;
  assert.deepEqual(typed, {
    app: { environment: "development" },
    server: { rest: { host: "0.0.0.0", port: 8080 }, requestTimeoutMs: 30_000, maxBodySizeBytes: 10_485_760, corsOrigins: [], workers: 1 },
    database: { url: "sqlite://./data/arcana.db", log: false },
    security: { jwtSecret: undefined },
  });
  assert.deepEqual(warnings, []);
});

test("the configuration is frozen all the way down", () => {
  const { config } = loadConfig(schema, {});
  for (const part of [config, config.server, config.server.rest, config.server.corsOrigins]) assert.ok(Object.isFrozen(part));
});

test("a later layer wins key by key, and it is known which one set what", (t) => {
  const directory = folder(t, {
    "default.toml": '[server]\nrequest_timeout = "10s"\nmax_body_size = "1mb"\n[server.rest]\nport = 1\nhost = "a"\n',
    "production.toml": "[server.rest]\nport = 2\n",
    "local.toml": "server.rest.port = 3\n",
  });
  const loaded = loadConfig(schema, {
    files: layered(directory),
    environment: { ARCANA_ENVIRONMENT: "production", ARCANA_SERVER__REST__PORT: "4", ARCANA_SERVER_MAX_BODY_SIZE: "2mb", PATH: "/bin" },
    overrides: { "server.rest.port": "5" },
  });
  assert.deepEqual(loaded.config.server.rest, { host: "a", port: 5 });
  const origins = Object.fromEntries(
    explainConfig(loaded).map(({ path, value, origin }) => [path, `${value} from ${origin.replace(`${directory}/`, "")}`]),
  );
  assert.deepEqual(origins, {
    "app.environment": '"production" from ARCANA_ENVIRONMENT',
    "server.rest.host": '"a" from default.toml:6',
    "server.rest.port": "5 from --set server.rest.port",
    "server.request_timeout": '"10s" from default.toml:2',
    "server.max_body_size": '"2mb" from ARCANA_SERVER_MAX_BODY_SIZE',
    "server.cors_origins": "[] from default",
    "server.workers": "1 from default",
    "database.url": '"sqlite://./data/arcana.db" from default',
    "database.log": "false from default",
    "security.jwt_secret": "undefined from default",
  });
});

test("a key of any fixed layer chooses the file named after it", (t) => {
  const directory = folder(t, {
    "local.toml": 'app.environment = "production"\n',
    "production.toml": "server.rest.port = 2\n",
    "development.toml": "server.rest.port = 3\n",
  });
  assert.equal(loadConfig(schema, { files: layered(directory) }).config.server.rest.port, 2);
  const overridden = loadConfig(schema, { files: layered(directory), overrides: { "app.environment": "development" } });
  assert.equal(overridden.config.server.rest.port, 3);
});

test("a file that was chosen by a key cannot change that key", (t) => {
  const directory = folder(t, {
    "production.toml": '[app]\nenvironment = "development"\n',
    "default.toml": 'app.environment = "production"',
  });
  assert.deepEqual(problemsOf({ files: layered(directory) }, directory), [
    'production.toml:2: app.environment: cannot be changed to "development" in a file that is read because it is "production"',
  ]);
});

test("what another version has is told from a spelling mistake, in every layer", (t) => {
  const directory = folder(t, { "default.toml": '[redis]\nurl = "x"\n\n[server]\nold = 1\n' });
  const problems = problemsOf(
    {
      files: layered(directory),
      environment: { ARCANA_REDIS__URL: "x", ARCANA_SERVER_OLD: "1", ARCANA_SERVER__OLDER: "1" },
      overrides: { "redis.url": "x", "server.old": 1 },
      absent: ["redis", "server.old"],
    },
    directory,
  );
  const says = "is not in this version; remove it";
  assert.deepEqual(problems, [
    `default.toml:1: redis: ${says}`,
    `default.toml:5: server.old: ${says}`,
    `ARCANA_REDIS__URL: ${says}`,
    `ARCANA_SERVER_OLD: ${says}`,
    "ARCANA_SERVER__OLDER: there is no such setting",
    `--set redis.url: ${says}`,
    `--set server.old: ${says}`,
  ]);
});

test("all problems of all layers are reported at once, each with its place", (t) => {
  const directory = folder(t, {
    "default.toml": '[server.rest]\nprot = 1\nport = "80"\n\n[sever]\nurl = "x"\n\n[server]\nrequest_timeout = 30\n',
    "local.toml": "server = 5\n[database.url]\na = 1",
  });
  const problems = problemsOf(
    {
      files: layered(directory),
      environment: { ARCANA_SERVER__REST__PROT: "1", ARCANA_DATABASE__LOG: "maybe", ARCANA_SECURITY__JWT_SECRET: "short" },
      overrides: { "server.max_body_size": "10", "server.rest": "x", "sever.workers": 2 },
    },
    directory,
  );
  assert.deepEqual(problems, [
    "default.toml:2: server.rest.prot: there is no such key; the nearest known one is server.rest.port",
    "default.toml:5: sever: there is no such section; the nearest known one is server",
    "local.toml:1: server: must be a section, [server], not 5",
    "ARCANA_SERVER__REST__PROT: there is no such setting; the nearest known one is ARCANA_SERVER__REST__PORT",
    "--set server.rest: is a section; set one of its keys",
    "--set sever.workers: there is no such key; the nearest known one is server.workers",
    'default.toml:3: server.rest.port: must be a whole number, 0 to 65535, not "80"',
    'default.toml:9: server.request_timeout: must be a duration such as "30s", not 30',
    '--set server.max_body_size: must be a size such as "10mb", not "10"',
    "local.toml:2: database.url: must be text in quotes, not a table",
    'ARCANA_DATABASE__LOG: database.log: must be true or false, not "maybe"',
    "ARCANA_SECURITY__JWT_SECRET: security.jwt_secret: must have 8 bytes or more, and has 5",
  ]);
});

test("broken TOML is one line with the file, the line and the column", (t) => {
  const directory = folder(t, { "default.toml": "[server]\nhost = unquoted\n", "local.toml": "a = 1\na = 2\n" });
  const problems = problemsOf({ files: layered(directory) }, directory);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? "", /^default\.toml:2: column 8: this is not valid TOML: \S/);
  assert.match(problems[1] ?? "", /^local\.toml:2: column 1: this is not valid TOML: \S/);
});

test("a file that is a folder or not UTF-8 is named", (t) => {
  const directory = folder(t, { "local.toml": Uint8Array.of(0x61, 0xff) });
  mkdirSync(join(directory, "default.toml"));
  assert.deepEqual(problemsOf({ files: layered(directory) }, directory), [
    "default.toml: is a folder; a TOML file is wanted",
    "local.toml: is not UTF-8; save it as UTF-8",
  ]);
});

test("names of JavaScript's own objects are unknown keys like any other", (t) => {
  const directory = folder(t, { "local.toml": "__proto__.polluted = 1\nconstructor = 2\n[server]\ntoString = 3\n" });
  const problems = problemsOf({ files: layered(directory) }, directory);
  assert.equal(problems.length, 3);
  for (const problem of problems) assert.match(problem, /there is no such (key|section)/);
  assert.equal("polluted" in {}, false);
});

test("two spellings may agree and must not differ", () => {
  const agreed = loadConfig(schema, { environment: { ARCANA_SERVER__REST__PORT: "1", ARCANA_SERVER__REST_PORT: "1" } });
  assert.equal(agreed.config.server.rest.port, 1);
  assert.deepEqual(
    problemsOf({ environment: { ARCANA_SERVER__REST__PORT: "1", ARCANA_SERVER__REST_PORT: "2", ARCANA__SERVER__REST__PORT: "1" } }),
    [
      "ARCANA_SERVER__REST__PORT: server.rest.port: ARCANA_SERVER__REST__PORT and ARCANA_SERVER__REST_PORT set it to different values; keep one of them",
    ],
  );
});

test("an empty variable sets nothing, a reserved one is no setting, and one without the prefix is not looked at", () => {
  const environment = { ARCANA_SERVER__REST__PORT: "", ARCANA_DEBUG: "1", ARCANAX: "1", SERVER__REST__PORT: "1" };
  assert.equal(loadConfig(schema, { environment, reserved: ["ARCANA_DEBUG"] }).config.server.rest.port, 8080);
});

test("what Kubernetes puts into a container for a service named arcana is no setting", () => {
  const environment = {
    ARCANA_SERVICE_HOST: "10.0.0.7",
    ARCANA_SERVICE_PORT: "8080",
    ARCANA_SERVICE_PORT_HTTP: "8080",
    ARCANA_PORT: "tcp://10.0.0.7:8080",
    ARCANA_PORT_8080_TCP: "tcp://10.0.0.7:8080",
    ARCANA_PORT_8080_TCP_PROTO: "tcp",
    ARCANA_SERVER_REST_PORT: "tcp://10.0.0.8:8080",
  };
  assert.equal(loadConfig(schema, { environment }).config.server.rest.port, 8080);
  assert.equal(problemsOf({ environment: { ARCANA_PORT: "8080" } }).length, 1);
});

test("a secret comes from a file that a variable names, without its last line end", (t) => {
  const directory = folder(t, { secret: "geheim geheim\n" });
  const loaded = loadConfig(schema, { environment: { ARCANA_SECURITY__JWT_SECRET_FILE: join(directory, "secret") } });
  assert.equal(loaded.config.security.jwtSecret?.reveal(), "geheim geheim");
  const line = explainConfig(loaded).find(({ path }) => path === "security.jwt_secret");
  assert.deepEqual(line, {
    path: "security.jwt_secret",
    value: '"[redacted]"',
    origin: `ARCANA_SECURITY__JWT_SECRET_FILE (${join(directory, "secret")})`,
  });
  assert.deepEqual(problemsOf({ environment: { ARCANA_SECURITY__JWT_SECRET_FILE: join(directory, "none") } }, directory), [
    "ARCANA_SECURITY__JWT_SECRET_FILE (none): security.jwt_secret: the file cannot be read (ENOENT); check that it exists and that this user may read it",
  ]);
});

test("nothing that loading returns or throws shows a secret or a password", () => {
  const environment = {
    ARCANA_SECURITY__JWT_SECRET: "geheim-geheim",
    ARCANA_DATABASE__URL: "mysql://root:geheim@db/arcana",
    ARCANA_SERVER__CORS_ORIGINS: "https://a:geheim@b",
  };
  const { settings, warnings, config } = loadConfig(schema, { environment });
  const shown = JSON.stringify([[...settings], warnings, config.security]);
  assert.doesNotMatch(shown, /geheim/);
  assert.equal(config.database.url, "mysql://root:geheim@db/arcana");
  assert.doesNotMatch(
    problemsOf({ environment: { ...environment, ARCANA_SECURITY_JWT_SECRET: "geheim", ARCANA_X: "geheim" } }).join(),
    /geheim/,
  );
});

test("a secret among the overrides gives a warning", () => {
  const { warnings } = loadConfig(schema, { overrides: { "security.jwt_secret": "geheim-geheim" } });
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ["security.jwt_secret"],
  );
});

test("a rule runs when all that it reads is good, beside problems elsewhere; a warning stops nothing", () => {
  const rules: ConfigSources<Config>["rules"] = [
    { reads: ["security.jwt_secret", "app.environment"], check: (config) => (config.security.jwtSecret ? undefined : "must be set") },
    { reads: ["server.rest.port"], check: () => "never said: the port is bad" },
  ];
  assert.deepEqual(problemsOf({ rules, overrides: { "server.rest.port": -1 } }), [
    "--set server.rest.port: must be a whole number, 0 to 65535, not -1",
    "security.jwt_secret: must be set",
  ]);
  const { warnings } = loadConfig(schema, {
    rules: [{ reads: ["database.log"], severity: "warning", check: ({ database }) => (database.log ? "is slow" : undefined) }],
    overrides: { "database.log": true },
  });
  assert.deepEqual(warnings, [{ path: "database.log", origin: { layer: "override", path: "database.log" }, message: "is slow" }]);
});

test("a key that has no default and is not optional must be set", () => {
  const strict = section({ database: section({ url: text({ doc: "URL." }) }) });
  assert.throws(() => loadConfig(strict, { prefix: "SHOP" }), {
    name: "ConfigError",
    message: "database.url: must be set, in a file or as SHOP_DATABASE__URL",
  });
  assert.equal(loadConfig(strict, { prefix: "SHOP", environment: { SHOP_DATABASE_URL: "x", ARCANA_Y: "" } }).config.database.url, "x");
});
