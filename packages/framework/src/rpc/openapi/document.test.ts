import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { Validator } from "@seriousme/openapi-schema-validator";
import { frameworkErrors } from "../../error/index.ts";
import { operationsOf } from "../contract.ts";
import type { ContractForm, FieldForm, MethodForm } from "../validate/testing/contract-fixture.ts";
import { contractFixture } from "../validate/testing/contract-fixture.ts";
import type { OpenApiOptions } from "./document.ts";
import { openApiDocument } from "./document.ts";
import type { OpenApi, Reference, Response } from "./model.ts";

const open = { "[arcana.access.v1.rule]": { public: true } };
const get = (path: string): JsonObject => ({ "[google.api.http]": { get: path } });
const post = (path: string, body = "*"): JsonObject => ({ "[google.api.http]": { post: path, body } });
const method = (options: JsonObject, input = "Request", output = "Answer"): MethodForm => ({
  input,
  output,
  options: { ...open, ...options },
});
const ruled = (type: string, rules: JsonObject): FieldForm => ({ type, options: { "[buf.validate.field]": rules } });

interface Contract extends Partial<Omit<ContractForm, "services">> {
  readonly methods: Readonly<Record<string, MethodForm>>;
}

function operationsIn({ methods, messages, ...rest }: Contract) {
  const fixture = contractFixture({
    package: "fixture.v1",
    messages: { Request: { fields: { id: "string" } }, Answer: { fields: { text: "string" } }, ...messages },
    ...rest,
    services: { Things: methods },
  });
  return operationsOf([fixture.service("Things")]);
}

function documentOf(contract: Contract, options: Partial<OpenApiOptions> = {}): OpenApi {
  const info = { title: "Test", version: "1" };
  return openApiDocument({ operations: operationsIn(contract), comments: {}, errors: frameworkErrors, info, ...options });
}

/** The only operation of the document. */
function onlyIn(document: OpenApi) {
  const [item, ...others] = Object.values(document.paths).flatMap((path) => Object.values(path));
  assert.ok(item);
  assert.equal(others.length, 0);
  return item;
}

function schemaOf(document: OpenApi, name: string) {
  const schema = document.components.schemas[name];
  assert.ok(schema, `no schema ${name} in ${Object.keys(document.components.schemas)}`);
  return schema;
}

function contentOf(response: Response | Reference | undefined) {
  return response !== undefined && "content" in response ? response.content?.["application/json"]?.schema : undefined;
}

test("fields are in the path, the body or the query, as the binding says", () => {
  const messages = {
    Request: { fields: { id: "string", page: "int32", filter: "Filter", tags: "repeated string" } },
    Filter: { fields: { name: "string", again: "Filter" } },
  };
  const named = (document: OpenApi) => onlyIn(document).parameters?.map((parameter) => `${parameter.in} ${parameter.name}`);
  const query = documentOf({ messages, methods: { Do: method(get("/things/{id}")) } });
  assert.deepEqual(named(query), ["path id", "query page", "query filter.name", "query tags"]);
  assert.equal(onlyIn(query).requestBody, undefined);

  const whole = documentOf({ messages, methods: { Do: method(post("/things/{id}")) } });
  assert.deepEqual(named(whole), ["path id"]);
  const body = onlyIn(whole).requestBody?.content["application/json"]?.schema;
  assert.deepEqual(Object.keys(body?.properties ?? {}), ["page", "filter", "tags"]);
  assert.equal(body?.title, "Request");

  const one = documentOf({ messages, methods: { Do: method(post("/things/{id}", "filter")) } });
  assert.deepEqual(named(one), ["path id", "query page", "query tags"]);
  assert.deepEqual(onlyIn(one).requestBody?.content["application/json"]?.schema, { $ref: "#/components/schemas/Filter" });
});

test("parameters of the path are required, and carry their rules", () => {
  const messages = {
    Request: { fields: { id: ruled("string", { string: { uuid: true } }), size: ruled("optional int32", { int32: { lte: 9 } }) } },
  };
  assert.deepEqual(onlyIn(documentOf({ messages, methods: { Do: method(get("/things/{id}")) } })).parameters, [
    { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } },
    { name: "size", in: "query", schema: { type: "integer", format: "int32", maximum: 9 } },
  ]);
});

test("each binding of an operation is documented, under an id of its own", () => {
  const rule = { "[google.api.http]": { get: "/a/{id}", additionalBindings: [{ get: "/b/{id}" }, { patch: "/a/{id}" }] } };
  const { paths } = documentOf({ methods: { Do: method(rule) } });
  assert.equal(paths["/a/{id}"]?.get?.operationId, "Things_Do");
  assert.equal(paths["/b/{id}"]?.get?.operationId, "Things_Do_2");
  assert.equal(paths["/a/{id}"]?.patch?.operationId, "Things_Do_3");
});

test("operations without a binding are left out", () => {
  const { paths, tags } = documentOf({ methods: { Do: { input: "Request", output: "Answer", options: open } } });
  assert.deepEqual([paths, tags], [{}, []]);
});

test("answers stand in the envelope unless they are bare, and are missing with 204", () => {
  const schemaFor = (rest: JsonObject, status: number) =>
    onlyIn(documentOf({ methods: { Do: method({ ...get("/a"), "[arcana.access.v1.rest]": rest }) } })).responses[status];
  const answer = { $ref: "#/components/schemas/Answer" };
  const envelope = { type: "object", properties: { success: { const: true }, data: answer }, required: ["success", "data"] };
  assert.deepEqual(contentOf(schemaFor({}, 200)), envelope);
  assert.deepEqual(contentOf(schemaFor({ successStatus: 201 }, 201)), envelope);
  assert.deepEqual(contentOf(schemaFor({ bare: true }, 200)), answer);
  assert.ok(schemaFor({ successStatus: 204 }, 204));
  assert.equal(contentOf(schemaFor({ successStatus: 204 }, 204)), undefined);
});

test("a response field that is the answer stands alone", () => {
  const rule = { "[google.api.http]": { get: "/a", responseBody: "text" } };
  const schema = contentOf(onlyIn(documentOf({ methods: { Do: method(rule) } })).responses[200]);
  assert.deepEqual(schema?.properties?.data, { type: "string" });
});

test("what may be unset is null in answers, which always have every field", () => {
  const messages = {
    Answer: {
      fields: {
        text: "string",
        note: "optional string",
        at: "google.protobuf.Timestamp",
        within: "Within",
        list: "repeated Within",
        left: { type: "string", oneof: "side" },
        right: { type: "int64", oneof: "side" },
        labels: "map<string, int32>",
        data: "bytes",
      },
      oneofs: { side: {} },
    },
    Within: {},
  };
  const within = { $ref: "#/components/schemas/Within" };
  assert.deepEqual(schemaOf(documentOf({ messages, methods: { Do: method(get("/a")) } }), "Answer"), {
    type: "object",
    properties: {
      text: { type: "string" },
      note: { type: ["string", "null"] },
      at: { type: ["string", "null"], format: "date-time" },
      within: { anyOf: [within, { type: "null" }] },
      list: { type: "array", items: within },
      left: { type: ["string", "null"] },
      right: { type: ["integer", "string", "null"], format: "int64" },
      labels: { type: "object", additionalProperties: { type: "integer", format: "int32" } },
      data: { type: "string", contentEncoding: "base64" },
    },
    required: ["text", "note", "at", "within", "list", "left", "right", "labels", "data"],
  });
});

test("requests need what their rules ask for, and take null for what is optional", () => {
  const messages = {
    Request: {
      fields: {
        email: ruled("string", { string: { email: true } }),
        nick: ruled("optional string", { string: { in: ["a", "b"] } }),
        must: ruled("optional string", { required: true }),
        tags: ruled("repeated string", { repeated: { maxItems: "3", items: { string: { minLen: "1" } } } }),
        labels: ruled("map<string, int32>", { map: { keys: { string: { maxLen: "5" } }, values: { int32: { gt: 0 } } } }),
        lenient: ruled("string", { string: { minLen: "3" }, ignore: "IGNORE_IF_ZERO_VALUE" }),
      },
      options: { "[buf.validate.message]": { cel: [{ id: "r", message: "nick or email", expression: "true" }] } },
    },
  };
  assert.deepEqual(schemaOf(documentOf({ messages, methods: { Do: method(post("/a")) } }), "Request"), {
    description: "Rule: nick or email.",
    type: "object",
    properties: {
      email: { type: "string", format: "email" },
      nick: { type: ["string", "null"], enum: ["a", "b", null] },
      must: { type: "string" },
      tags: { type: "array", items: { type: "string", minLength: 1 }, maxItems: 3 },
      labels: {
        type: "object",
        additionalProperties: { type: "integer", format: "int32", exclusiveMinimum: 0 },
        propertyNames: { maxLength: 5 },
      },
      lenient: { anyOf: [{ const: "" }, { type: "string", minLength: 3 }] },
    },
    required: ["email", "must"],
  });
});

test("a secret is a password, written only where it is asked for, and never an example", () => {
  const secret = {
    type: "string",
    options: { "[arcana.access.v1.sensitive]": true, "[buf.validate.field]": { string: { minLen: "8", example: ["hunter22"] } } },
  };
  const document = documentOf({
    messages: { Request: { fields: { secret } }, Answer: { fields: { secret } } },
    methods: { Do: method(post("/a")) },
  });
  assert.deepEqual(schemaOf(document, "Request").properties?.secret, { type: "string", minLength: 8, format: "password", writeOnly: true });
  assert.deepEqual(schemaOf(document, "Answer").properties?.secret, { type: "string", format: "password" });
  assert.doesNotMatch(JSON.stringify(document), /hunter22/);
});

test("a type that is asked with and answered with has two schemas; recursive types refer to themselves", () => {
  const messages = { Both: { fields: { name: ruled("string", { string: { minLen: "1" } }), children: "repeated Both" } } };
  const document = documentOf({ messages, methods: { Do: method(post("/a"), "Both", "Both") } });
  const [input, output] = [schemaOf(document, "BothInput"), schemaOf(document, "Both")];
  assert.deepEqual(input.properties?.children, { type: "array", items: { $ref: "#/components/schemas/BothInput" } });
  assert.deepEqual(output.properties?.children, { type: "array", items: { $ref: "#/components/schemas/Both" } });
  assert.equal(input.properties?.name?.minLength, 1);
  assert.equal(output.properties?.name?.minLength, undefined);
});

test("types of one name in two packages go by their full names, as does one that has ours", () => {
  const contract = (name: string): Contract => ({
    package: name,
    messages: { Error: {} },
    methods: { Do: method(get(`/${name}`), "Request", "Error") },
  });
  const operations = [...operationsIn(contract("a.v1")), ...operationsIn(contract("b.v1"))];
  const document = openApiDocument({ operations, comments: {}, errors: frameworkErrors, info: { title: "Test", version: "1" } });
  assert.deepEqual(Object.keys(document.components.schemas), ["a.v1.Error", "b.v1.Error", "ErrorDetail", "Error", "Problem"]);
  assert.deepEqual(
    document.tags.map(({ name }) => name),
    ["a.v1.Things", "b.v1.Things"],
  );
});

test("enums are their REST names, less those that rules forbid", () => {
  const document = documentOf({
    enums: { Colour: { COLOUR_UNSPECIFIED: 0, COLOUR_RED: 1, COLOUR_BLUE: 2 } },
    messages: {
      Request: {
        fields: {
          any: "Colour",
          some: ruled("optional Colour", { enum: { definedOnly: true, notIn: [0] } }),
          one: ruled("Colour", { enum: { const: 2 } }),
        },
      },
    },
    methods: { Do: method(post("/a")) },
  });
  assert.deepEqual(schemaOf(document, "Colour").enum, ["colour_unspecified", "colour_red", "colour_blue"]);
  assert.deepEqual(schemaOf(document, "Request").properties, {
    any: { $ref: "#/components/schemas/Colour" },
    some: { type: ["string", "null"], enum: ["colour_red", "colour_blue", null] },
    one: { type: "string", enum: ["colour_blue"] },
  });
});

const accessCases: readonly [rule: JsonObject, security: object[], says: string, statuses: string[]][] = [
  [{ public: true }, [], "Access: anyone.", []],
  [{ authenticated: true }, [{ bearer: [] }], "Access: any logged-in user.", ["401"]],
  [{ role: "admin" }, [{ bearer: [] }], "Access: role `admin` or higher.", ["401", "403"]],
  [{ permission: "user:delete" }, [{ bearer: [] }], "Access: roles with the permission `user:delete`.", ["401", "403"]],
  [{ owner: { field: "id" } }, [{ bearer: [] }], "Access: the user whose id is `id`.", ["401", "403"]],
  [
    { owner: { field: "id", role: "admin" } },
    [{ bearer: [] }],
    "Access: the user whose id is `id`, or role `admin` or higher.",
    ["401", "403"],
  ],
  [{ peer: "service" }, [{ peer: [] }], "Access: another process of the system, of tier `service`.", ["403"]],
];
for (const [rule, security, says, statuses] of accessCases) {
  test(`the access rule ${JSON.stringify(rule)} is told`, () => {
    const document = documentOf({ methods: { Do: method({ ...get("/a"), "[arcana.access.v1.rule]": rule }) } });
    const operation = onlyIn(document);
    assert.deepEqual(operation.security, security);
    assert.equal(operation.description, says);
    assert.deepEqual(operation["x-arcana-access"], rule);
    assert.deepEqual(
      Object.keys(operation.responses).filter((status) => ["401", "403"].includes(status)),
      statuses,
    );
    assert.deepEqual(Object.keys(document.components.securitySchemes), security.flatMap(Object.keys));
  });
}

test("an operation without an access rule is refused", () => {
  const contract = { methods: { Do: { input: "Request", output: "Answer", options: get("/a") } } };
  assert.throws(() => documentOf(contract), /fixture\.v1\.Things\/Do has no access rule/);
});

test("the errors of a comment become responses, with an example each", () => {
  const comments = { "fixture.v1.Things.Do": "Does it; well. Then rests. Errors: GONE, TOO_MANY." };
  const errors = {
    ...frameworkErrors,
    GONE: { code: "not_found", about: "It is gone." },
    TOO_MANY: { code: "resource_exhausted", about: "Too many." },
  } as const;
  const document = documentOf({ methods: { Do: method(get("/a"), "Answer") } }, { comments, errors });
  const operation = onlyIn(document);
  assert.equal(operation.summary, "Does it");
  assert.equal(operation.description, "Does it; well. Then rests.\n\nAccess: anyone.");
  const [gone, many] = [operation.responses["404"], operation.responses["429"]] as { description: string; headers: object }[];
  assert.equal(gone?.description, "- `GONE`: It is gone.");
  assert.ok(many && "retry-after" in many.headers);
  assert.ok(gone && !("retry-after" in gone.headers));
  const { value } = document.components.examples.GONE ?? {};
  const { code, reason, message } = (value as { error: Record<string, string> }).error;
  assert.deepEqual({ code, reason, message }, { code: "NOT_FOUND", reason: "GONE", message: "It is gone." });
});

test("a comment's error that is in no table is refused, and so is a list that cannot be read", () => {
  const contract = { methods: { Do: method(get("/a")) } };
  assert.throws(() => documentOf(contract, { comments: { "fixture.v1.Things.Do": "Does. Errors: NO_SUCH." } }), /reason NO_SUCH/);
  assert.throws(() => documentOf(contract, { comments: { "fixture.v1.Things.Do": "Does. Errors: NOT_FOUND or CONFLICT." } }), /Things\/Do/);
});

test("a broken rule is 400 in the path and 422 elsewhere", () => {
  const uuid = ruled("string", { string: { uuid: true } });
  const statuses = (fields: Record<string, FieldForm>, http: JsonObject) =>
    Object.keys(onlyIn(documentOf({ messages: { Request: { fields } }, methods: { Do: method(http) } })).responses);
  assert.deepEqual(statuses({ id: uuid }, get("/a/{id}")), ["200", "400", "default"]);
  assert.deepEqual(statuses({ id: uuid, other: uuid }, get("/a/{id}")), ["200", "400", "422", "default"]);
  assert.deepEqual(statuses({ id: "string" }, post("/a")), ["200", "400", "413", "415", "default"]);
  assert.deepEqual(statuses({}, get("/a")), ["200", "default"]);
});

test("two operations of one method and path are refused", () => {
  assert.throws(() => documentOf({ methods: { A: method(get("/a")), B: method(get("/a")) } }), /GET \/a is two operations/);
});

test("paths that are in no contract can be added, but not over one that is", () => {
  const ready = { get: { responses: { 200: { description: "Ready." } } } };
  assert.deepEqual(documentOf({ methods: {} }, { paths: { "/ready": ready } }).paths, { "/ready": ready });
  assert.throws(() => documentOf({ methods: { A: method(get("/ready")) } }, { paths: { "/ready": ready } }), /two operations/);
});

test("a method that OpenAPI does not know is refused", () => {
  const rule = { "[google.api.http]": { custom: { kind: "PURGE", path: "/a" } } };
  assert.throws(() => documentOf({ methods: { A: method(rule) } }), /PURGE/);
});

test("what the contract calls deprecated is so in the document", () => {
  const document = documentOf({
    messages: { Request: { fields: { old: { type: "string", options: { deprecated: true } } }, options: { deprecated: true } } },
    methods: { Do: method({ ...post("/a"), deprecated: true }) },
  });
  assert.equal(onlyIn(document).deprecated, true);
  assert.equal(schemaOf(document, "Request").deprecated, true);
  assert.equal(schemaOf(document, "Request").properties?.old?.deprecated, true);
});

test("equal contracts give an equal document, which is OpenAPI 3.1", async () => {
  const contract: Contract = {
    enums: { Colour: { COLOUR_UNSPECIFIED: 0, COLOUR_RED: 1 } },
    messages: {
      Request: { fields: { id: "string", colour: "optional Colour", at: "google.protobuf.Timestamp", tree: "Tree" } },
      Tree: { fields: { kids: "repeated Tree" } },
    },
    methods: { Do: method(post("/a/{id}")), List: method(get("/a")), Both: method(post("/b"), "Tree", "Tree") },
  };
  const document = documentOf(contract);
  assert.equal(JSON.stringify(documentOf(contract)), JSON.stringify(document));
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  assert.ok(valid, JSON.stringify(errors));
});
