import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { ArcanaError } from "../../error/index.ts";
import { validation } from "./interceptor.ts";
import { lazyValidator } from "./prepare.ts";
import { contractFixture } from "./testing/contract-fixture.ts";
import type { Validate } from "./validator.ts";
import { loadValidate } from "./validator.ts";

const rules = (json: JsonObject): JsonObject => ({ "[buf.validate.field]": json });

const fixture = contractFixture({
  package: "fixture.v1",
  messages: {
    Empty: {},
    Plain: { fields: { text: "string", self: "Plain" } },
    Tag: { fields: { name: { type: "string", options: rules({ string: { minLen: "2" } }) } } },
    Register: {
      fields: {
        email: { type: "string", options: rules({ string: { email: true } }) },
        tags: "repeated Tag",
        by_name: "map<string, Tag>",
        display_name: { type: "optional string", options: rules({ string: { maxLen: "5" } }) },
      },
    },
    Deep: { fields: { plain: "Plain", register: "Register" } },
    Secret: {
      fields: {
        password: {
          type: "string",
          options: {
            "[arcana.access.v1.sensitive]": true,
            ...rules({ string: { minLen: "8" }, cel: [{ id: "no.echo", expression: "this == 'x' ? '' : 'bad: ' + this" }] }),
          },
        },
        codes: {
          type: "map<string, string>",
          options: { "[arcana.access.v1.sensitive]": true, ...rules({ map: { values: { string: { minLen: "3" } } } }) },
        },
        hint: { type: "string", options: rules({ cel: [{ id: "hint", message: "a hint is needed", expression: "this != ''" }] }) },
      },
      options: {
        "[buf.validate.message]": { cel: [{ id: "whole", expression: "this.password == '' ? '' : 'password ' + this.password" }] },
      },
    },
    Choice: {
      fields: { left: { type: "string", oneof: "side" }, right: { type: "string", oneof: "side" } },
      oneofs: { side: { "[buf.validate.oneof]": { required: true } } },
    },
    Broken: { fields: { text: { type: "string", options: rules({ cel: [{ id: "broken", expression: "this.no_such(" }] }) } } },
  },
  services: {
    Things: {
      Nothing: { input: "Empty", output: "Empty" },
      Plain: { input: "Plain", output: "Empty" },
      Register: { input: "Register", output: "Empty" },
      Deep: { input: "Deep", output: "Empty" },
      Secret: { input: "Secret", output: "Empty" },
      Choice: { input: "Choice", output: "Empty" },
      Broken: { input: "Broken", output: "Empty" },
    },
  },
});

const common = {
  service: fixture.service("Things"),
  requestMethod: "POST",
  url: "http://local/",
  signal: AbortSignal.abort(),
  header: new Headers(),
  contextValues: createContextValues(),
};

function methodOf(name: string) {
  const method = common.service.methods.find((candidate) => candidate.name === name);
  assert.ok(method);
  return method;
}

/** What the interceptor hands on: the request, or what it throws. */
async function through(interceptor: Interceptor, request: UnaryRequest | StreamRequest) {
  let passed: UnaryRequest | StreamRequest | undefined;
  const next = interceptor((got) => {
    passed = got;
    return Promise.resolve({
      stream: false,
      service: got.service,
      method: methodOf("Nothing"),
      header: new Headers(),
      trailer: new Headers(),
      message: create(fixture.message("Empty")),
    } as never);
  });
  await next(request);
  assert.ok(passed);
  return passed;
}

function unary(name: string, init: Record<string, unknown> = {}): UnaryRequest {
  const method = methodOf(name);
  return { ...common, stream: false, method, message: create(method.input, init) } as UnaryRequest;
}

async function violationsOf(name: string, init: Record<string, unknown>) {
  const error = await through(validation(), unary(name, init)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ArcanaError, `expected an ArcanaError, got ${error}`);
  assert.equal(error.reason, "VALIDATION_ERROR");
  return error;
}

test("a message that keeps the rules is handed on as it is", async () => {
  const request = unary("Register", { email: "ada@example.org", tags: [{ name: "ab" }] });
  assert.equal(await through(validation(), request), request);
});

test("each broken rule is a violation under its proto path with the rule's id", async () => {
  const { violations, http, message } = await violationsOf("Register", {
    email: "nobody",
    tags: [{ name: "ab" }, { name: "ok" }, { name: "x" }],
    byName: { k: { name: "" } },
    displayName: "too long",
  });
  assert.deepEqual(violations, [
    { field: "email", message: "must be a valid email address", code: "string.email" },
    { field: "tags[2].name", message: "must be at least 2 characters", code: "string.min_len" },
    { field: 'by_name["k"].name', message: "must be at least 2 characters", code: "string.min_len" },
    { field: "display_name", message: "must be at most 5 characters", code: "string.max_len" },
  ]);
  assert.equal(http, 422);
  assert.equal(message, "the request breaks 4 rules");
});

test("a single violation is told in the message itself", async () => {
  const { message } = await violationsOf("Register", { email: "nobody" });
  assert.equal(message, "email: must be a valid email address");
});

test("rules of messages within are held", async () => {
  const { violations } = await violationsOf("Deep", { register: { email: "nobody" } });
  assert.deepEqual(
    violations.map(({ field }) => field),
    ["register.email"],
  );
});

test("a required oneof is named", async () => {
  const { violations } = await violationsOf("Choice", {});
  assert.deepEqual(violations, [{ field: "side", message: "exactly one field is required in oneof", code: "required" }]);
});

test("no value of a sensitive field stands in any text, whatever a rule returns", async () => {
  const error = await violationsOf("Secret", { password: "hunter2", codes: { "key-4711": "v1" }, hint: "" });
  assert.ok(!/hunter2|4711|v1/.test(JSON.stringify([error.message, error.violations])), JSON.stringify(error.violations));
  assert.equal(error.cause, undefined);
  assert.deepEqual(error.violations, [
    { field: "password", message: "breaks the rule no.echo", code: "no.echo" },
    { field: "password", message: "must be at least 8 characters", code: "string.min_len" },
    { field: "codes", message: "must be at least 3 characters", code: "string.min_len" },
    { field: "hint", message: "a hint is needed", code: "hint" },
    { field: "", message: "breaks the rule whole", code: "whole" },
  ]);
});

test("a broken rule is a fault of the server", async () => {
  await assert.rejects(through(validation(), unary("Broken", { text: "x" })), { reason: "INTERNAL_ERROR" });
});

test("messages without rules never load the validator, and pass in the same turn", async () => {
  const interceptor = validation(() => {
    throw new Error("the validator must not be loaded");
  });
  for (const name of ["Nothing", "Plain"]) {
    let passed = false;
    const answer = interceptor(() => {
      passed = true;
      return new Promise(() => {});
    });
    void answer(unary(name));
    assert.ok(passed, name);
  }
});

test("the validator is loaded once for all calls", async () => {
  let loads = 0;
  const source = lazyValidator(() => {
    loads++;
    return loadValidate();
  });
  const interceptor = validation(source);
  const good = () => through(interceptor, unary("Register", { email: "ada@example.org" }));
  await Promise.all([good(), good()]);
  await good();
  assert.equal(loads, 1);
});

test("on streams each message is checked as it comes, and the source is closed at the first bad one", async () => {
  const method = methodOf("Register");
  let closed = false;
  async function* messages() {
    try {
      yield create(method.input, { email: "ada@example.org" });
      yield create(method.input, { email: "nobody" });
      yield create(method.input, { email: "never@example.org" });
    } finally {
      closed = true;
    }
  }
  const request = { ...common, stream: true, method, message: messages() } as unknown as StreamRequest;
  const passed = await through(validation(), request);
  assert.ok(passed.stream);
  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const message of passed.message) seen.push(message);
    },
    { reason: "VALIDATION_ERROR" },
  );
  assert.equal(seen.length, 1);
  assert.ok(closed);
});

test("a stream of messages without rules is handed on as it is", async () => {
  const request = { ...common, stream: true, method: methodOf("Plain"), message: (async function* () {})() } as unknown as StreamRequest;
  const interceptor = validation((): Promise<Validate> => Promise.reject(new Error("the validator must not be loaded")));
  assert.equal(await through(interceptor, request), request);
});
