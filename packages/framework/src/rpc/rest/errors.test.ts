import assert from "node:assert/strict";
import { test } from "node:test";
import { Code as ConnectCode, ConnectError } from "@connectrpc/connect";
import { ArcanaError, frameworkError } from "../../error/index.ts";
import { errorSchemas } from "../openapi/error-responses.ts";
import type { Fault } from "./error-writer.ts";
import type { LibraryOptions } from "./testing/library.ts";
import { createLibrary } from "./testing/library.ts";

function failing(thrown: unknown, options: LibraryOptions = {}): ReturnType<typeof createLibrary> {
  return createLibrary({
    act: () => {
      throw thrown;
    },
    ...options,
  });
}

test("an error stands in the envelope, its reason beside its code where they differ", async () => {
  const missing = new ArcanaError("BOOK_NOT_FOUND", { code: "not_found" }, "no book 7");
  const response = await (await failing(missing)).inject({ url: "/v1/books/7", headers: { "x-request-id": "r-1" } });
  assert.equal(response.statusCode, 404);
  assert.equal(response.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(response.headers["x-content-type-options"], "nosniff");
  assert.equal(response.headers["cache-control"], "no-store");
  assert.equal(response.headers["x-request-id"], "r-1");
  assert.equal(
    response.body,
    '{"success":false,"error":{"code":"NOT_FOUND","reason":"BOOK_NOT_FOUND","message":"no book 7","trace_id":"r-1"}}',
  );
});

test("an error whose reason is its code says it once, and details name the fields", async () => {
  const violations = [{ field: "tags[2]", message: "is too long", code: "string.max_len" }];
  const response = await (await failing(frameworkError("VALIDATION_ERROR", "tags[2] is too long", { violations }))).inject("/v1/books");
  assert.equal(response.statusCode, 422);
  const { error } = response.json();
  assert.deepEqual(Object.keys(error), ["code", "message", "details", "trace_id"]);
  assert.deepEqual(error.details, violations);
});

test("problem details are for who asks for them", async () => {
  const fastify = await failing(
    new ArcanaError("TITLE_TAKEN", { code: "already_exists" }, "the title is taken", {
      violations: [{ field: "title", message: "is taken", code: "unique" }],
    }),
  );
  const answer = async (accept: string) => fastify.inject({ url: "/v1/books", headers: { accept, "x-request-id": "r-1" } });
  const problem = await answer("application/json;q=0.5, application/problem+json");
  assert.equal(problem.headers["content-type"], "application/problem+json; charset=utf-8");
  assert.deepEqual(problem.json(), {
    type: "about:blank",
    title: "Conflict",
    status: 409,
    detail: "the title is taken",
    code: "CONFLICT",
    reason: "TITLE_TAKEN",
    errors: [{ field: "title", message: "is taken", code: "unique" }],
    trace_id: "r-1",
  });
  for (const accept of ["Application/Problem+JSON", "application/problem+json; q=1, */*", "application/problem+json, application/json"]) {
    assert.equal((await answer(accept)).json().status, 409, accept);
  }
  for (const accept of [
    "*/*",
    "application/*",
    "application/problem+json;q=0",
    "application/problem+json;q=0.1, application/json",
    "application/problem+jsonx",
  ]) {
    assert.equal((await answer(accept)).json().success, false, accept);
  }
});

test("when to try again is told in whole seconds, rounded up, and limits of rate in their own headers", async () => {
  const limited = await (await failing(frameworkError("RATE_LIMIT_EXCEEDED", "slow down", { retryAfterMs: 1001 }))).inject("/health");
  assert.equal(limited.statusCode, 429);
  assert.deepEqual(
    [limited.headers["retry-after"], limited.headers["ratelimit-remaining"], limited.headers["ratelimit-reset"]],
    ["2", "0", "2"],
  );
  const busy = await (await failing(frameworkError("OVERLOADED", "busy", { retryAfterMs: 500 }))).inject("/health");
  assert.deepEqual([busy.statusCode, busy.headers["retry-after"], busy.headers["ratelimit-reset"]], [503, "1", undefined]);
  const plain = await (await failing(frameworkError("RATE_LIMIT_EXCEEDED", "slow down"))).inject("/health");
  assert.equal(plain.headers["retry-after"], undefined);
});

test("every 401 carries a challenge, with the error where a token came", async () => {
  const challengeOf = async (reason: "UNAUTHORIZED" | "TOKEN_EXPIRED" | "FORBIDDEN") =>
    (await (await failing(frameworkError(reason, "no"))).inject("/health")).headers["www-authenticate"];
  assert.equal(await challengeOf("UNAUTHORIZED"), "Bearer");
  assert.match(String(await challengeOf("TOKEN_EXPIRED")), /^Bearer error="invalid_token"/);
  assert.equal(await challengeOf("FORBIDDEN"), undefined);
});

test("an unknown error is hidden from the client and told to whoever listens for faults", async () => {
  const faults: Fault[] = [];
  const secret = new Error("SELECT password FROM users at /srv/app.ts:7");
  const fastify = await failing(secret, { onFault: (fault) => faults.push(fault) });
  const response = await fastify.inject({ url: "/v1/books?token=secret", headers: { "x-request-id": "r-1" } });
  assert.equal(response.statusCode, 500);
  assert.deepEqual(response.json(), { success: false, error: { code: "INTERNAL_ERROR", message: "internal error", trace_id: "r-1" } });
  assert.deepEqual(faults, [{ error: secret, requestId: "r-1", traceId: "r-1", method: "GET", path: "/v1/books", dispatched: true }]);
  for (const thrown of ["text", undefined, null, { message: "inside" }]) {
    assert.doesNotMatch((await (await failing(thrown)).inject("/health")).body, /text|inside/);
  }
});

test("an answer that cannot be written is a fault too", async () => {
  const faults: Fault[] = [];
  const fastify = await createLibrary({ act: () => ({ told: 5 }), onFault: (fault) => faults.push(fault) });
  assert.equal((await fastify.inject("/health")).json().error.code, "INTERNAL_ERROR");
  assert.match(String(faults[0]?.error), /expected a string/);
  assert.equal(faults[0]?.dispatched, false);
});

test("an error of Connect's keeps its meaning", async () => {
  const response = await (await failing(new ConnectError("gone", ConnectCode.NotFound))).inject("/health");
  assert.deepEqual([response.statusCode, response.json().error.message], [404, "gone"]);
});

test("what validation finds wrong in the path alone is a bad address", async () => {
  const wrong = (...fields: string[]) =>
    failing(
      frameworkError("VALIDATION_ERROR", "wrong", { violations: fields.map((field) => ({ field, message: "is wrong", code: "x" })) }),
    );
  const codeOf = async (fields: string[], method: "GET" | "PATCH", url: string) => {
    const response = await (await wrong(...fields)).inject({ method, url });
    return [response.statusCode, response.json().error.code, response.json().error.details?.length];
  };
  assert.deepEqual(await codeOf(["id"], "GET", "/v1/books/7"), [400, "INVALID_ARGUMENT", 1]);
  assert.deepEqual(await codeOf(["book.id"], "PATCH", "/v1/books/7"), [400, "INVALID_ARGUMENT", 1]);
  assert.deepEqual(await codeOf(["id", "name"], "GET", "/v1/books/7"), [422, "VALIDATION_ERROR", 2]);
  assert.deepEqual(await codeOf(["id"], "GET", "/v1/books"), [422, "VALIDATION_ERROR", 1]);
  assert.deepEqual(await codeOf([], "GET", "/v1/books/7"), [422, "VALIDATION_ERROR", undefined]);
});

test("values of the wrong type are refused with every field, wherever they came from", async () => {
  const response = await (await createLibrary()).inject({
    method: "PUT",
    url: "/v1/books/7?page_number=x&genre=poem&filter.author=a&filter.author=b",
    payload: { pages: "many" },
  });
  assert.equal(response.statusCode, 400);
  const { error } = response.json();
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.deepEqual(
    error.details.map(({ field, code }: { field: string; code: string }) => `${field} ${code}`),
    ["book.pages type.int32", "page_number type.int32", "genre type.enum", "filter.author duplicate_field"],
  );
});

test("a query that is not percent-encoded UTF-8 is refused, as is such a path", async () => {
  const fastify = await createLibrary();
  for (const url of ["/v1/books?id=%ff", "/v1/books?%c3=1", "/v1/books?id=100%", "/v1/books/%ff", "/v1/books/%zz", "/v1/files/%ff"]) {
    const response = await fastify.inject(url);
    assert.deepEqual([response.statusCode, response.json().error.code], [400, "INVALID_ARGUMENT"], url);
    assert(response.headers["x-request-id"], url);
  }
});

test("bodies that are not JSON in UTF-8 are refused by what they are", async () => {
  const fastify = await createLibrary({ server: { bodyLimit: 100 } });
  const codeOf = async (payload: string | Buffer, headers: Record<string, string> = { "content-type": "application/json" }) => {
    const response = await fastify.inject({ method: "POST", url: "/v1/books", payload, headers });
    return `${response.statusCode} ${response.json().error?.code ?? "OK"}`;
  };
  const json = { "content-type": "application/json" };
  assert.equal(await codeOf("{"), "400 INVALID_JSON");
  assert.equal(await codeOf(" "), "400 INVALID_JSON");
  assert.equal(await codeOf("\ufeff{}"), "400 INVALID_JSON");
  assert.equal(await codeOf("{'a':1}"), "400 INVALID_JSON");
  assert.equal(await codeOf(Buffer.from('{"id":"\xff"}', "latin1")), "400 INVALID_JSON");
  assert.equal(await codeOf(Buffer.from('{"id":"\xed\xa0\x80"}', "latin1")), "400 INVALID_JSON");
  assert.equal(await codeOf('{"id":"\\ud800"}'), "400 INVALID_ARGUMENT");
  for (const body of ["null", "[]", "7", '"x"']) assert.equal(await codeOf(body), "400 INVALID_ARGUMENT", body);
  assert.equal(await codeOf("{}", { "content-type": "text/plain" }), "415 UNSUPPORTED_MEDIA_TYPE");
  assert.equal(await codeOf("{}", { "content-type": "application/jsonx" }), "415 UNSUPPORTED_MEDIA_TYPE");
  assert.equal(await codeOf("{}", { "content-type": "nonsense" }), "415 UNSUPPORTED_MEDIA_TYPE");
  assert.equal(await codeOf("{}", { "content-type": "application/json; charset=latin1" }), "415 UNSUPPORTED_MEDIA_TYPE");
  assert.equal(await codeOf("{}", { ...json, "content-encoding": "gzip" }), "415 UNSUPPORTED_MEDIA_TYPE");
  assert.equal(await codeOf("{}", { "content-type": 'application/json; charset="UTF-8"', "content-encoding": "identity" }), "201 OK");
  assert.equal(await codeOf(`{"id":"${"x".repeat(100)}"}`), "413 PAYLOAD_TOO_LARGE");
  assert.equal(await codeOf('{"__proto__":{"id":"x"},"constructor":{"prototype":{}}}'), "201 OK");
});

test("an address that is not there is 404, one without the method 405 with those that it has", async () => {
  const fastify = await createLibrary({ extend: (instance) => instance.get("/metrics", async () => "x") });
  const answer = async (method: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "HEAD", url: string) => {
    const response = await fastify.inject({ method, url });
    return [response.statusCode, response.headers.allow, method === "HEAD" ? "" : response.json().error.code];
  };
  assert.deepEqual(await answer("GET", "/nowhere"), [404, undefined, "NOT_FOUND"]);
  assert.deepEqual(await answer("GET", "/v1/books/"), [404, undefined, "NOT_FOUND"]);
  assert.deepEqual(await answer("GET", "/v1/books/7/pages"), [404, undefined, "NOT_FOUND"]);
  assert.deepEqual(await answer("HEAD", "/nowhere"), [404, undefined, ""]);
  assert.deepEqual(await answer("DELETE", "/v1/books?x=/v1/books/7"), [405, "GET, HEAD, POST", "METHOD_NOT_ALLOWED"]);
  assert.deepEqual(await answer("POST", "/v1/books/7"), [405, "DELETE, GET, HEAD, PATCH, PUT", "METHOD_NOT_ALLOWED"]);
  assert.deepEqual(await answer("PUT", "/metrics"), [405, "GET, HEAD", "METHOD_NOT_ALLOWED"]);
  assert.deepEqual(await answer("OPTIONS", "/health"), [405, "GET, HEAD", "METHOD_NOT_ALLOWED"]);
});

test("errors of other routes on the same instance have the same form", async () => {
  const faults: Fault[] = [];
  const fastify = await createLibrary({
    onFault: (fault) => faults.push(fault),
    extend: (instance) => {
      instance.get("/broken", async () => {
        throw new Error("secret");
      });
      instance.get("/refused", async () => {
        throw Object.assign(new Error("secret"), { statusCode: 403 });
      });
      instance.get("/taken", async () => {
        throw frameworkError("CONFLICT", "taken");
      });
    },
  });
  assert.deepEqual((await fastify.inject("/broken")).json().error.code, "INTERNAL_ERROR");
  assert.equal(String(faults[0]?.error), "Error: secret");
  const refused = await fastify.inject("/refused");
  assert.deepEqual([refused.statusCode, refused.json().error.code], [403, "FORBIDDEN"]);
  assert.doesNotMatch(refused.body, /secret/);
  assert.equal((await fastify.inject("/taken")).statusCode, 409);
});

test("what is wrong with the request as a whole names no field, in either form of errors, as the document says", async () => {
  const violations = [
    { field: "", message: "must name something", code: "whole" },
    { field: "id", message: "must be short", code: "string.max_len" },
  ];
  const fastify = await failing(frameworkError("VALIDATION_ERROR", "no", { violations }));
  const details = [{ message: "must name something", code: "whole" }, violations[1]];
  assert.deepEqual((await fastify.inject("/v1/books")).json().error.details, details);
  const problem = (await fastify.inject({ url: "/v1/books", headers: { accept: "application/problem+json" } })).json();
  assert.deepEqual(problem.errors, details);
  const { Problem, ErrorDetail } = errorSchemas;
  assert.deepEqual(
    Object.keys(problem).filter((name) => !(name in Problem.properties)),
    [],
  );
  assert.deepEqual(
    ErrorDetail.required?.filter((name) => !(name in problem.errors[0])),
    [],
  );
});
