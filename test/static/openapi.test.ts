// The OpenAPI document of the reference application, held against what the contracts, the validator and the JSON codec
// really do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameworkErrors } from "@arcana/framework/error";
import { operationsOf } from "@arcana/framework/rpc";
import type { DescMessage } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { domainErrors } from "../../apps/cloud/src/domain/errors.ts";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { HealthService } from "../../apps/cloud/src/gen/arcana/health/v1/health_pb.ts";
import { UserService } from "../../apps/cloud/src/gen/arcana/user/v1/user_pb.ts";
import { comments } from "../../apps/cloud/src/gen/comments.ts";
import { compileDecoder } from "../../packages/framework/src/rpc/json/decode.ts";
import { compileEncoder } from "../../packages/framework/src/rpc/json/encode.ts";
import { openApiDocument } from "../../packages/framework/src/rpc/openapi/document.ts";
import type { OperationObject, Schema } from "../../packages/framework/src/rpc/openapi/model.ts";
import { checkRules } from "../../packages/framework/src/rpc/validate/check.ts";
import { sampleMessages } from "../../packages/framework/src/rpc/validate/sample.ts";

const services = [HealthService, AuthService, UserService];
const operations = operationsOf(services).filter(({ bindings }) => bindings.length > 0);
const document = openApiDocument({
  operations,
  comments,
  errors: { ...frameworkErrors, ...domainErrors },
  info: { title: "Arcana Cloud", version: "0.1.0" },
});

const documented = new Map(
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, OperationObject] => [`${method.toUpperCase()} ${path}`, operation]),
  ),
);

function operationAt(route: string): OperationObject {
  const operation = documented.get(route);
  assert.ok(operation, `${route} is not documented`);
  return operation;
}

const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
  formats: {
    email: /^[^@\s]+@[^@\s]+$/,
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    "date-time": (text) => !Number.isNaN(Date.parse(text)),
    password: true,
    int32: true,
    "uri-reference": true,
  },
  keywords: ["components"],
});
ajv.addSchema({ components: document.components }, "document");

/** Tells whether a value is what a schema of the document asks for. */
function acceptor(schema: Schema): (value: unknown) => boolean {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
  return ajv.compile<unknown>(absolute);
}

test("the rules of the contracts can all be evaluated", async () => {
  await checkRules(services);
});

test("the document is OpenAPI 3.1, and the same each time", async () => {
  const text = JSON.stringify(document);
  const { valid, errors } = await new Validator().validate(JSON.parse(text));
  assert.ok(valid, JSON.stringify(errors, undefined, 2));
  const again = openApiDocument({
    operations,
    comments,
    errors: { ...frameworkErrors, ...domainErrors },
    info: { title: "Arcana Cloud", version: "0.1.0" },
  });
  assert.equal(JSON.stringify(again), text);
});

test("every binding of the contracts is documented, and nothing else", () => {
  const bound = operations.flatMap(({ bindings }) => bindings.map(({ httpMethod, template }) => `${httpMethod} ${template}`));
  assert.deepEqual([...documented.keys()].sort(), bound.sort());
});

test("operation ids are unique", () => {
  const ids = [...documented.values()].map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, ids.length);
});

test("every reference leads somewhere, and every schema but the application's errors is referred to", () => {
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)].map(([, kind, name]) => `${kind}/${name}`));
  const there = new Set(Object.entries(document.components).flatMap(([kind, all]) => Object.keys(all).map((name) => `${kind}/${name}`)));
  assert.deepEqual(
    [...references].filter((reference) => !there.has(reference)),
    [],
  );
  const unused = [...there].filter((name) => !references.has(name) && !name.startsWith("securitySchemes/"));
  assert.deepEqual(unused, []);
});

test("who may delete a user is told to people and to programs", () => {
  const operation = operationAt("DELETE /api/v1/users/{user_id}");
  assert.deepEqual(operation.security, [{ bearer: [] }]);
  assert.deepEqual(operation["x-arcana-access"], { permission: "user:delete" });
  assert.match(operation.description ?? "", /Access: roles with the permission `user:delete`\.$/);
  assert.deepEqual(Object.keys(operation.responses), ["204", "400", "401", "403", "404", "409", "default"]);
});

test("a login names each of its failures", () => {
  const { responses } = operationAt("POST /api/v1/auth/login");
  const reasons = Object.entries(responses).flatMap(([status, response]) =>
    "description" in response ? [...response.description.matchAll(/`([A-Z_]+)`:/g)].map(([, reason]) => `${status} ${reason}`) : [],
  );
  assert.deepEqual(reasons, [
    "400 INVALID_JSON",
    "400 INVALID_ARGUMENT",
    "401 INVALID_CREDENTIALS",
    "403 ACCOUNT_SUSPENDED",
    "403 ACCOUNT_LOCKED",
    "413 PAYLOAD_TOO_LARGE",
    "415 UNSUPPORTED_MEDIA_TYPE",
    "422 VALIDATION_ERROR",
    "429 RATE_LIMIT_EXCEEDED",
  ]);
});

test("the examples of errors are what the schema of errors asks for", () => {
  const { examples } = document.components;
  assert.ok(Object.keys(examples).length > 10);
  const accepts = acceptor({ $ref: "#/components/schemas/Error" });
  for (const [reason, { value }] of Object.entries(examples)) assert.ok(accepts(value), reason);
  assert.ok(!accepts({ success: true }));
});

for (const type of new Set(operations.map(({ method }) => method.output))) {
  const name = type.name;
  if (document.components.schemas[name] === undefined) continue;
  test(`what the encoder writes of ${name} is what the document says`, () => {
    const encode = compileEncoder(type);
    const accepts = acceptor({ $ref: `#/components/schemas/${name}` });
    for (const message of sampleMessages(type)) {
      const text = encode(message);
      assert.ok(accepts(JSON.parse(text)), text);
    }
    assert.ok(!accepts({}), "an empty object is no answer");
  });
}

/** Values at the edges of the contracts' rules, and of other types. */
const strings = [
  "",
  "a",
  "ab",
  "abc",
  "A1_.-",
  "1abc",
  "a b",
  "ä",
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(100),
  "x".repeat(101),
  "😀".repeat(100),
];
const id = "01890a5d-ac96-774b-bcce-b302099a8057";
const values: readonly unknown[] = [
  ...strings,
  ...["ada@example.org", "nobody", "created_at:desc", id, "not-an-id", "https://example.org/a.png", "http://example.org"],
  ...["x".repeat(128), "x".repeat(129), "x".repeat(1025), "x".repeat(8193)],
  ...["user", "superadmin", "deleted", "suspended", "active", "user_role_unspecified", "nonsense"],
  ...[0, 1, 20, 100, 101, -1, 1.5, true, false, null],
];

/** Bodies with some fields left out, most of the others right, a few wrong. */
function bodies({ properties = {} }: Schema): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const fitting = fc.constantFrom(...values.filter(acceptor(schema)));
    return [name, fc.oneof({ weight: 8, arbitrary: fitting }, { weight: 1, arbitrary: fc.constantFrom(...values) })] as const;
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

/** The server reads null as unset everywhere, and enum values by number too: the document does not advertise that. */
function onlyTolerated(schema: Schema | undefined, value: unknown): boolean {
  if (value === null) return !schema?.type?.includes("null");
  return typeof value === "number" && schema?.enum !== undefined;
}

const validator = createValidator();

/** What the server makes of the body: decoded, then held against the rules but those in CEL, which no schema can say. */
function served(type: DescMessage, body: unknown): "wrong type" | "invalid" | "valid" {
  let message: ReturnType<ReturnType<typeof compileDecoder>>;
  try {
    message = compileDecoder(type)(body);
  } catch {
    return "wrong type";
  }
  const { violations = [] } = validator.validate(type, message);
  return violations.every(({ rule }) => rule.length === 0) ? "valid" : "invalid";
}

for (const { method, bindings } of operations) {
  const [binding] = bindings;
  if (binding?.body.kind !== "all") continue;
  const { input } = method;
  test(`${input.name}: the document accepts what the server accepts`, () => {
    const { requestBody } = operationAt(`${binding.httpMethod} ${binding.template}`);
    const schema = requestBody?.content["application/json"]?.schema ?? {};
    const { $ref = "" } = schema;
    const resolved = document.components.schemas[$ref.slice("#/components/schemas/".length)] ?? schema;
    const accepts = acceptor(schema);
    const inPath = binding.template.includes("{user_id}") ? { user_id: id } : {};
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(bodies(resolved), (body) => {
        fc.pre(Object.entries(body).every(([name, value]) => !onlyTolerated(resolved.properties?.[name], value)));
        const expected = served(input, { ...body, ...inPath }) === "valid";
        seen.add(expected);
        assert.equal(accepts(body), expected, JSON.stringify(body));
      }),
      { seed: 20260101, numRuns: 500 },
    );
    assert.deepEqual(seen, new Set([true, false]), "both kinds were tried");
  });
}
