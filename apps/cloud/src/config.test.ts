import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Environment, Overrides } from "@arcana/framework/config";
import { ConfigError, configReference, loadConfig } from "@arcana/framework/config";
import { absentSettings } from "./absent-settings.ts";
import type { Config } from "./config.ts";
import { configSchema } from "./config.ts";
import { makesOwnSecret } from "./config-rules.ts";
import { defaultConfigFile } from "./default-config-file.ts";
import { loadCloudConfig } from "./load-config.ts";

const shipped = join(import.meta.dirname, "../../../config");
const secret = "s3cret-of-more-than-32-bytes-in-length";

function load(environment: Environment = {}, overrides: Overrides = {}): Config {
  return loadCloudConfig({ directory: shipped.concat("-that-does-not-exist"), environment, overrides }).config;
}

function problems(environment: Environment = {}, overrides: Overrides = {}, directory: string | undefined = undefined): readonly string[] {
  try {
    loadCloudConfig({ directory, environment, overrides });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n");
  }
  return [];
}

test("config/default.toml is the schema's defaults, every key and comment of it", () => {
  const file = readFileSync(join(shipped, "default.toml"), "utf8");
  assert.equal(file, defaultConfigFile(), "write it anew: npm run -s arcana -- config defaults > config/default.toml");
  assert.deepEqual(loadConfig(configSchema, { files: [join(shipped, "default.toml")] }).config, loadConfig(configSchema, {}).config);
  for (const { path } of configReference(configSchema)) {
    const [name = ""] = path.split(".").slice(-1);
    assert.match(file, new RegExp(`^(# )?${name} =`, "m"), path);
  }
});

test("the shipped files boot as they are in development and test, which make a secret of their own", () => {
  for (const environment of [undefined, "development", "test"]) {
    const { config, warnings } = loadCloudConfig({ directory: shipped, environment: { ARCANA_ENVIRONMENT: environment } });
    assert.equal(config.security.jwtSecret, undefined);
    assert.equal(makesOwnSecret(config), true);
    assert.deepEqual(warnings, []);
  }
});

test("production and staging start with a secret, or with a key file, and with neither they say how to set one", () => {
  for (const environment of ["production", "staging"]) {
    const [problem = "", ...others] = problems({ ARCANA_ENVIRONMENT: environment }, {}, shipped);
    assert.deepEqual(others, []);
    assert.match(
      problem,
      new RegExp(`^security\\.jwt_secret: ${environment} does not start without one: set ARCANA_SECURITY__JWT_SECRET `),
    );
    const withSecret = loadCloudConfig({
      directory: shipped,
      environment: { ARCANA_ENVIRONMENT: environment, ARCANA_SECURITY__JWT_SECRET: secret },
    });
    assert.equal(makesOwnSecret(withSecret.config), false);
    assert.equal(withSecret.config.security.jwtSecret?.reveal(), secret);
    assert.deepEqual(
      problems(
        { ARCANA_ENVIRONMENT: environment, ARCANA_SECURITY__JWT_ALGORITHM: "EdDSA", ARCANA_SECURITY__JWT_SIGNING_KEY_FILE: "key.pem" },
        {},
        shipped,
      ),
      [],
    );
  }
});

test("production waits for the disk at each commit, which development does not", () => {
  const environment = { ARCANA_ENVIRONMENT: "production", ARCANA_SECURITY__JWT_SECRET: secret };
  assert.equal(loadCloudConfig({ directory: shipped, environment }).config.database.synchronous, "full");
  assert.equal(loadCloudConfig({ directory: shipped, environment: {} }).config.database.synchronous, "normal");
});

test("production keeps metrics off the public port and leaves time to drain within 30 seconds", () => {
  const { config } = loadCloudConfig({
    directory: shipped,
    environment: { ARCANA_ENVIRONMENT: "production", ARCANA_SECURITY__JWT_SECRET: secret },
  });
  assert.notEqual(config.observability.metricsPort ?? config.server.rest.port, config.server.rest.port);
  assert.ok(config.server.drainDelayMs + config.server.shutdownGraceMs < 30_000);
  assert.equal(config.observability.logFormat, "json");
});

test("a secret of fewer than 32 bytes is refused everywhere", () => {
  assert.deepEqual(problems({ ARCANA_SECURITY__JWT_SECRET: "your-256-bit-secret" }), [
    "ARCANA_SECURITY__JWT_SECRET: security.jwt_secret: must have 32 bytes or more, and has 19",
  ]);
});

test("the variables of the reference document are understood", () => {
  const config = load({
    ARCANA_ENVIRONMENT: "production",
    ARCANA_DEPLOYMENT_MODE: "monolithic",
    ARCANA_DATABASE__URL: "sqlite:///var/lib/arcana.db",
    ARCANA_SECURITY__JWT_SECRET: secret,
    ARCANA_SECURITY__JWT_ACCESS_EXPIRATION_SECS: "60",
    ARCANA_SERVER__REST__PORT: "8081",
    ARCANA_SERVER__GRPC_PORT: "9091",
    ARCANA_OBSERVABILITY__LOG_LEVEL: "warn",
    ARCANA_OBSERVABILITY__LOG_FORMAT: "json",
  });
  assert.equal(config.app.environment, "production");
  assert.equal(config.database.url, "sqlite:///var/lib/arcana.db");
  assert.equal(config.security.accessExpirationSecs, 60);
  assert.deepEqual([config.server.rest.port, config.server.grpc.port], [8081, 9091]);
  assert.equal(config.observability.logLevel, "warn");
});

test("settings of other versions are told from spelling mistakes, in every spelling", () => {
  const known = configReference(configSchema).map(({ path }) => path);
  for (const path of absentSettings) {
    assert.equal(
      known.some((key) => key === path || key.startsWith(`${path}.`)),
      false,
      path,
    );
    const full = `ARCANA_${path.toUpperCase().replaceAll(".", "__")}`;
    for (const variable of [full, `${full}__URL`, full.replaceAll("__", "_")]) {
      assert.deepEqual(problems({ [variable]: "1" }), [`${variable}: is not in this version; remove it`]);
    }
    assert.deepEqual(problems({}, { [path]: "1" }), [`--set ${path}: is not in this version; remove it`]);
  }
});

test("what is like no setting gets no hint", () => {
  for (const variable of ["ARCANA_FOO", "ARCANA_QUEUE__URL"]) {
    assert.deepEqual(problems({ [variable]: "1" }), [`${variable}: there is no such setting`]);
  }
  assert.deepEqual(problems({ ARCANA_DATABSE__URL: "1" }), [
    "ARCANA_DATABSE__URL: there is no such setting; the nearest known one is ARCANA_DATABASE__URL",
  ]);
  assert.deepEqual(problems({}, { "server.rest.trusted_proxies": "::1" }), [
    "--set server.rest.trusted_proxies: there is no such key; the nearest known one is server.trusted_proxies",
  ]);
});

test("the command line's own variables are no settings", () => {
  assert.deepEqual(problems({ ARCANA_DEBUG: "1", ARCANA_CONFIG_DIR: "elsewhere" }), []);
});

const breaches: readonly { readonly name: string; readonly set: Overrides; readonly says: RegExp }[] = [
  {
    name: "a mode that is not built",
    set: { "deployment.mode": "layeredgrpc" },
    says: /^--set deployment\.mode: "layeredgrpc" is not available in this version/,
  },
  {
    name: "a layer that is not built",
    set: { "deployment.layer": "service" },
    says: /^--set deployment\.layer: "service" is not available in this version/,
  },
  { name: "a mode that does not exist", set: { "deployment.mode": "layered" }, says: /must be one of "monolithic", "layeredhttp"/ },
  {
    name: "MySQL",
    set: { "database.url": "mysql://root:hunter2@db/arcana" },
    says: /database\.url: names mysql, and this version has SQLite only/,
  },
  { name: "PostgreSQL", set: { "database.url": "postgres://db/arcana" }, says: /names postgres, and this version has SQLite only/ },
  { name: "a database without a scheme", set: { "database.url": "./arcana.db" }, says: /has no scheme; use a URL such as sqlite:/ },
  { name: "a key file that HS256 does not use", set: { "security.jwt_signing_key_file": "k.pem" }, says: /signs nothing with HS256/ },
  {
    name: "an algorithm without its key file",
    set: { "security.jwt_algorithm": "ES256" },
    says: /security\.jwt_signing_key_file: must name the PEM file/,
  },
  {
    name: "refresh tokens that end first",
    set: { "security.refresh_expiration_secs": 60 },
    says: /must not be shorter than security\.access_expiration_secs \(3600\)/,
  },
  {
    name: "too little memory for the lanes",
    set: { "security.argon2.memory_kib": 8, "security.argon2.parallelism": 2 },
    says: /must be 16 or more/,
  },
  { name: "delays out of order", set: { "security.login.max_delay": "1ms" }, says: /must not be shorter than security\.login\.base_delay/ },
  {
    name: "delays of registrations out of order",
    set: { "security.registration.max_delay": "1ms" },
    says: /must not be shorter than security\.registration\.base_delay/,
  },
  { name: "half an administrator", set: { "bootstrap.admin_email": "a@example.com" }, says: /go together; the password is missing/ },
  { name: "one port twice", set: { "server.grpc.port": 8080 }, says: /ports of their own, and 8080 is given twice/ },
  { name: "the metrics on a port that is taken", set: { "observability.metrics_port": 9090 }, says: /9090 is given twice/ },
  {
    name: "workers on a database in memory",
    set: { "server.workers": "auto", "database.url": "sqlite::memory:" },
    says: /must be 1 with a database in memory/,
  },
  {
    name: "a proxy that is no network",
    set: { "server.trusted_proxies": "10.0.0.0/33" },
    says: /member 1 must be an address or a network/,
  },
  { name: "an origin with a path", set: { "server.cors_origins": "https://a.example/x" }, says: /member 1 must be "\*" or an origin/ },
  {
    name: "a path for metrics without its slash",
    set: { "observability.metrics_path": "metrics" },
    says: /must be a path such as "\/metrics"/,
  },
];

for (const { name, set, says } of breaches) {
  test(`it is one problem, and says what to do: ${name}`, () => {
    const found = problems({}, set);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", says);
    assert.doesNotMatch(found[0] ?? "", /hunter2/);
  });
}

test("what is right between the limits is taken", () => {
  const config = load(
    {},
    {
      "server.rest.port": 0,
      "server.grpc.port": 0,
      "observability.metrics_port": 0,
      "server.workers": "auto",
      "server.cors_origins": "*,http://localhost:5173",
      "server.trusted_proxies": "10.0.0.0/8,::1,fd00::/8",
      "bootstrap.admin_email": "a@example.com",
      "bootstrap.admin_password": "correct horse",
    },
  );
  assert.equal(config.server.workers, "auto");
  assert.deepEqual(config.server.trustedProxies, ["10.0.0.0/8", "::1", "fd00::/8"]);
  assert.equal(config.bootstrap.adminPassword?.reveal(), "correct horse");
});

test("production warns of pages of every site", () => {
  const { warnings } = loadCloudConfig({
    directory: undefined,
    environment: { ARCANA_ENVIRONMENT: "production", ARCANA_SECURITY__JWT_SECRET: secret, ARCANA_SERVER__CORS_ORIGINS: "*" },
  });
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ["server.cors_origins"],
  );
});
