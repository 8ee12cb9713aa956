import assert from "node:assert/strict";
import { test } from "node:test";
import type { FastifyRequest } from "fastify";
import type { Act } from "./testing/library.ts";
import { createLibrary } from "./testing/library.ts";

/** What the operation was asked, as the server tells it. */
async function asked(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, payload?: object): Promise<Record<string, unknown>> {
  const fastify = await createLibrary();
  const response = await fastify.inject({ method, url, ...(payload && { payload }) });
  assert.match(String(response.statusCode), /^20[01]$/, response.body);
  return JSON.parse(response.json().data.told);
}

test("an answer stands in the envelope, with every field", async () => {
  const response = await (await createLibrary()).inject("/v1/books?page_number=0");
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(response.headers["cache-control"], "no-store");
  assert.equal(response.headers["x-content-type-options"], "nosniff");
  assert.deepEqual(response.json(), { success: true, data: { told: "{}", book: null } });
});

test("an operation may answer bare, with one field, with 201, or with nothing", async () => {
  const book = { id: "7", title: "T", pages: 1, genre: 1 };
  const act: Act = (_request, _context, { name }) => (name === "DeleteBook" ? {} : { told: "x", book });
  const fastify = await createLibrary({ act });
  const json = { id: "7", title: "T", pages: 1, genre: "novel" };
  assert.deepEqual((await fastify.inject("/health")).json(), { told: "x", book: json });
  assert.deepEqual((await fastify.inject("/v1/books/7")).json(), { success: true, data: json });
  const created = await fastify.inject({ method: "POST", url: "/v1/books", payload: {} });
  assert.deepEqual([created.statusCode, created.json().data.told], [201, "x"]);
  const deleted = await fastify.inject({ method: "DELETE", url: "/v1/books/7" });
  assert.deepEqual([deleted.statusCode, deleted.body, deleted.headers["content-type"]], [204, "", undefined]);
  assert(deleted.headers["x-request-id"]);
});

test("the query names fields: nested, repeated, by either name, and of every type that text can say", async () => {
  assert.deepEqual(await asked("GET", "/v1/books?page_number=3&tags=a&tags=b%20c&filter.author=x&filter.and.author=y&genre=novel"), {
    page_number: 3,
    tags: ["a", "b c"],
    filter: { author: "x", and: { author: "y" } },
    genre: "GENRE_NOVEL",
  });
  assert.deepEqual(await asked("GET", "/v1/books?pageNumber=3&since=2026-01-31T00:00:00Z&unknown=1&book=x&filter.nope=1&__proto__=x"), {
    page_number: 3,
    since: "2026-01-31T00:00:00Z",
  });
  assert.deepEqual(await asked("GET", "/v1/books?name=%F0%9D%84%9E%25&id=a+b"), { name: "𝄞%", id: "a b" });
});

test("the body is the request, or one field of it beside the query", async () => {
  assert.deepEqual(await asked("POST", "/v1/books?id=ignored", { id: "7", tags: ["a"] }), { id: "7", tags: ["a"] });
  assert.deepEqual(await asked("PUT", "/v1/books/7?page_number=2&book.title=ignored", { title: "T" }), {
    id: "7",
    page_number: 2,
    book: { title: "T" },
  });
});

test("what the path captured cannot be changed by body or query", async () => {
  assert.deepEqual(await asked("POST", "/v1/books/7:lend?id=query", { id: "body", name: "n" }), { id: "7", name: "n" });
  assert.deepEqual(await asked("PATCH", "/v1/books/7", { book: { id: "body", title: "T" } }), { book: { id: "7", title: "T" } });
  assert.deepEqual(await asked("PUT", "/v1/books/7?id=query", { id: "the book's own" }), { id: "7", book: { id: "the book's own" } });
});

test("verbs, wildcards and additional bindings lead to their operations", async () => {
  assert.deepEqual(await asked("POST", "/v1/books/a%2Fb:lend"), { id: "a/b" });
  assert.deepEqual(await asked("POST", "/v1/books/a:b:return"), { id: "a:b" });
  assert.deepEqual(await asked("GET", "/v1/files/a/b%2Fc/d%20e"), { name: "a/b%2Fc/d e" });
  assert.deepEqual(await asked("POST", "/v1/files:count"), {});
  const fastify = await createLibrary({ act: (request) => ({ book: { title: (request as unknown as { name: string }).name } }) });
  assert.equal((await fastify.inject("/v1/shelves/1/books/2")).json().data.book.title, "shelves/1/books/2");
  assert.equal((await fastify.inject({ method: "POST", url: "/v1/books/7:burn" })).statusCode, 405, "a book may have that id");
});

test("a GET can be asked for its head alone", async () => {
  const fastify = await createLibrary();
  const head = await fastify.inject({ method: "HEAD", url: "/v1/books" });
  const got = await fastify.inject("/v1/books");
  assert.deepEqual([head.statusCode, head.body], [200, ""]);
  assert.equal(head.headers["content-length"], got.headers["content-length"]);
});

test("a body may be absent, and then says nothing", async () => {
  const fastify = await createLibrary();
  for (const headers of [{}, { "content-type": "application/json" }, { "content-length": "0" }] as const) {
    const response = await fastify.inject({ method: "POST", url: "/v1/books/7:lend", headers });
    assert.equal(response.json().data.told, '{"id":"7"}', response.body);
  }
});

test("an operation without a body takes any and does not read it", async () => {
  const fastify = await createLibrary();
  for (const type of ["application/json", "text/plain", "application/x-unheard-of"]) {
    const response = await fastify.inject({ method: "DELETE", url: "/v1/books/7", headers: { "content-type": type }, payload: "{{" });
    assert.equal(response.statusCode, 204, type);
  }
});

test("strictly taken, unknown fields and parameters are refused", async () => {
  const fastify = await createLibrary({ strict: true });
  const body = await fastify.inject({ method: "POST", url: "/v1/books", payload: { id: "7", nope: 1 } });
  assert.deepEqual([body.statusCode, body.json().error.details[0].field], [400, '["nope"]']);
  for (const url of ["/v1/books?nope=1", "/v1/books/7?id=8", "/v1/books?book=x"])
    assert.equal((await fastify.inject(url)).statusCode, 400, url);
  const ignored = await fastify.inject({ method: "POST", url: "/v1/books?id=7", payload: {} });
  assert.equal(ignored.statusCode, 400);
});

test("a sane request id of the client's is kept, any other replaced", async () => {
  const fastify = await createLibrary();
  const idFor = async (sent: string) =>
    (await fastify.inject({ url: "/health", headers: { "x-request-id": sent } })).headers["x-request-id"];
  for (const sane of ["a", "A-1.b_2", "x".repeat(128)]) assert.equal(await idFor(sane), sane);
  for (const odd of ["", "a b", "x".repeat(129), "a\tb", "é", '"', "a,b"])
    assert.match(String(await idFor(odd)), /^[A-Za-z0-9._-]{14,}$/, odd);
  assert.notEqual(await idFor(""), await idFor(""));
});

test("a valid traceparent is echoed and names the trace, an invalid one does neither", async () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const fastify = await createLibrary();
  const traced = await fastify.inject({ url: "/nowhere", headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
  assert.equal(traced.headers.traceparent, `00-${traceId}-00f067aa0ba902b7-01`);
  assert.equal(traced.json().error.trace_id, traceId);
  const untraced = await fastify.inject({ url: "/nowhere", headers: { traceparent: `00-${traceId}-0000000000000000-01` } });
  assert.equal(untraced.headers.traceparent, undefined);
  assert.equal(untraced.json().error.trace_id, untraced.headers["x-request-id"]);
});

test("headers that the implementation sets are sent, but for those that are the binding's", async () => {
  const act: Act = (_request, { responseHeader }) => {
    responseHeader.set("x-one", "1");
    responseHeader.append("set-cookie", "a=1");
    responseHeader.append("set-cookie", "b=2");
    responseHeader.set("content-length", "1");
    responseHeader.set("content-type", "text/html");
    responseHeader.set("cache-control", "max-age=60");
  };
  const fastify = await createLibrary({ act });
  const { headers, body } = await fastify.inject("/health");
  assert.equal(headers["x-one"], "1");
  assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
  assert.equal(headers["content-length"], String(Buffer.byteLength(body)));
  assert.equal(headers["content-type"], "application/json; charset=utf-8");
  assert.equal(headers["cache-control"], "max-age=60", "who knows that an answer may be kept can say so");
});

test("what the body held is let go once it is read, however long the operation takes", async () => {
  const requests: FastifyRequest[] = [];
  const bodies: unknown[] = [];
  const fastify = await createLibrary({
    act: () => {
      bodies.push(requests.at(-1)?.body);
    },
    extend: (instance) => instance.addHook("preHandler", async (request) => void requests.push(request)),
  });
  await fastify.inject({ method: "POST", url: "/v1/books", payload: { unknown: "x".repeat(1000) } });
  assert.deepEqual([requests.length, bodies], [1, [undefined]]);
});
