import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { integer, secret, text } from "./scalars.ts";
import { leavesOf, section } from "./schema.ts";
import { spellings, variableOf } from "./spelling.ts";

const doc = "A key.";
const known = spellings(
  "ARCANA",
  leavesOf(
    section({
      app: section({ environment: text({ doc, environment: ["ARCANA_ENVIRONMENT"] }) }),
      server: section({
        rest: section({ port: integer({ doc }) }),
        rest_port: integer({ doc }),
        grpc: section({ max_size: integer({ doc }) }),
      }),
      security: section({
        jwt_secret: secret({ doc }),
        expiration_secs: integer({ doc, environment: ["ARCANA_SECURITY__JWT_EXPIRATION_SECS"] }),
      }),
    }),
  ),
);

function pathOf(variable: string): string {
  const meaning = known.meaningOf(variable);
  if (meaning.kind !== "key") return meaning.kind;
  return meaning.fromFile ? `file of ${meaning.leaf.path}` : meaning.leaf.path;
}

test("every spelling that can mean one key alone means it", () => {
  const cases = {
    ARCANA_SERVER__GRPC__MAX_SIZE: "server.grpc.max_size",
    ARCANA__SERVER__GRPC__MAX_SIZE: "server.grpc.max_size",
    ARCANA_SERVER__GRPC_MAX_SIZE: "server.grpc.max_size",
    ARCANA_SERVER_GRPC__MAX_SIZE: "server.grpc.max_size",
    ARCANA_SERVER_GRPC_MAX_SIZE: "server.grpc.max_size",
    ARCANA_ENVIRONMENT: "app.environment",
    ARCANA__ENVIRONMENT: "app.environment",
    ARCANA_APP__ENVIRONMENT: "app.environment",
    ARCANA_SECURITY__EXPIRATION_SECS: "security.expiration_secs",
    ARCANA_SECURITY__JWT_EXPIRATION_SECS: "security.expiration_secs",
    ARCANA_SECURITY_JWT_EXPIRATION_SECS: "security.expiration_secs",
    ARCANA_SECURITY__JWT_SECRET: "security.jwt_secret",
    ARCANA_SECURITY__JWT_SECRET_FILE: "file of security.jwt_secret",
  };
  for (const [variable, path] of Object.entries(cases)) assert.equal(pathOf(variable), path, variable);
});

test("where two keys are spelled alike the double underscores decide, and without them it is ambiguous", () => {
  assert.equal(pathOf("ARCANA_SERVER__REST__PORT"), "server.rest.port");
  assert.equal(pathOf("ARCANA_SERVER__REST_PORT"), "server.rest_port");
  assert.equal(pathOf("ARCANA_SERVER_REST__PORT"), "server.rest.port");
  assert.deepEqual(known.meaningOf("ARCANA_SERVER_REST_PORT"), {
    kind: "ambiguous",
    variables: ["ARCANA_SERVER__REST__PORT", "ARCANA_SERVER__REST_PORT"],
  });
});

test("a double underscore within a name, a third one, and a `_FILE` that is no secret's are unknown", () => {
  for (const variable of [
    "ARCANA_SERVER__GRPC__MAX__SIZE",
    "ARCANA_SERVER___GRPC__MAX_SIZE",
    "ARCANA_SERVER__GRPC__MAX_SIZE_FILE",
    "ARCANA_SERVER",
    "ARCANA_",
  ])
    assert.equal(pathOf(variable), "unknown", variable);
});

test("in any schema the full spelling of a key means that key, with one underscore after the prefix or two", () => {
  const name = fc.stringMatching(/^[ab](_[ab]){0,2}$/);
  const paths = fc.uniqueArray(fc.tuple(name, name), { minLength: 1, maxLength: 6, selector: (path) => path.join(".") });
  fc.assert(
    fc.property(paths, (drawn) => {
      const sections = Object.entries(Object.groupBy(drawn, ([outer]) => outer)).map(([outer, inner = []]) => [
        outer,
        section(Object.fromEntries(inner.map(([, key]) => [key, integer({ doc })]))),
      ]);
      const leaves = leavesOf(section(Object.fromEntries(sections)));
      const { meaningOf } = spellings("ARCANA", leaves);
      for (const leaf of leaves) {
        const variable = variableOf("ARCANA", leaf.segments);
        assert.deepEqual(meaningOf(variable), { kind: "key", leaf, fromFile: false });
        assert.deepEqual(meaningOf(variable.replace("_", "__")), { kind: "key", leaf, fromFile: false });
      }
    }),
    { seed: 20260101 },
  );
});
