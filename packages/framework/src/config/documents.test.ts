import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { list } from "./compounds.ts";
import { defaultsToml } from "./defaults-toml.ts";
import { optional } from "./field.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import { configReference } from "./reference.ts";
import { choice, duration, integer, secret, text } from "./scalars.ts";
import { section } from "./schema.ts";

const schema = section({
  app: section(
    {
      environment: choice(["development", "production"], {
        doc: "Where it runs.",
        default: "development",
        environment: ["ARCANA_ENVIRONMENT"],
      }),
    },
    "The application.",
  ),
  server: section({
    rest: section({ port: integer({ doc: "The port.", default: 8080, min: 0, max: 65_535 }) }),
    timeout: duration({ doc: "The timeout.", default: "30s" }),
    origins: list(text({}), { doc: "Who may ask.", default: ['"a"', "b"] }),
    token: optional(secret({ doc: `A long sentence ${"word ".repeat(30)}end.` })),
    name: text({ doc: "A name." }),
  }),
});

test("the reference lists every key with its variable", () => {
  assert.deepEqual(configReference(schema).slice(0, 2), [
    {
      path: "app.environment",
      environment: "ARCANA_APP__ENVIRONMENT",
      aliases: ["ARCANA_ENVIRONMENT"],
      type: 'one of "development", "production"',
      default: '"development"',
      required: false,
      doc: "Where it runs.",
    },
    {
      path: "server.rest.port",
      environment: "ARCANA_SERVER__REST__PORT",
      aliases: [],
      type: "integer, 0 to 65535",
      default: "8080",
      required: false,
      doc: "The port.",
    },
  ]);
  assert.deepEqual(
    configReference(schema)
      .filter(({ required }) => required)
      .map(({ path }) => path),
    ["server.name"],
  );
});

test("the JSON Schema is of draft 2020-12, closed, and says what each key may be", () => {
  const made = jsonSchemaOf(schema, "Test");
  assert.equal(made.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.deepEqual((made.properties as Record<string, unknown>).app, {
    type: "object",
    description: "The application.",
    properties: { environment: { enum: ["development", "production"], description: "Where it runs.", default: "development" } },
    additionalProperties: false,
  });
});

test("the defaults as TOML read back as the defaults, with what is unset as comments", () => {
  const source = defaultsToml(schema, "First line.\n\nSecond.");
  assert.deepEqual(JSON.parse(JSON.stringify(parse(source))), {
    app: { environment: "development" },
    server: { timeout: "30s", origins: ['"a"', "b"], rest: { port: 8080 } },
  });
  assert.ok(source.startsWith("# First line.\n#\n# Second.\n\n# The application.\n[app]\n\n# Where it runs."));
  assert.match(source, /^# token =$/m);
  for (const line of source.split("\n")) assert.ok(line.length <= 112, line);
});
