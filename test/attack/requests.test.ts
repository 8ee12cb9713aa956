// Sound HTTP with unsound content, over REST: bodies, paths, queries and headers.
import assert from "node:assert/strict";
import type { Reply } from "./raw-http.ts";
import { ask } from "./raw-http.ts";
import type { Target } from "./target.ts";
import { assertRefused, attacks, startTarget } from "./target.ts";

const target = await startTarget({ "server.max_body_size": "64kb" });

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function post({ server }: Target, { path = "/api/v1/auth/login", headers = {}, body = "{}" }: Sent): Promise<Reply> {
  const all = { host: "a", connection: "close", "content-type": "application/json", ...headers, "content-length": Buffer.byteLength(body) };
  return ask(server.ports.rest, `POST ${path} HTTP/1.1\r\n${lines(all)}\r\n`, body);
}

function get({ server }: Target, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  return ask(server.ports.rest, `GET ${path} HTTP/1.1\r\n${lines({ host: "a", connection: "close", ...headers })}\r\n`);
}

function lines(headers: Readonly<Record<string, string | number>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}

const asAdmin = ({ server: { root } }: Target) => ({ authorization: `Bearer ${root.token}` });

attacks(target, {
  "a body that is no JSON is 400, and none of it comes back": async (target) => {
    target.secrets.push("hunter2-in-broken-json");
    const broken = [
      "{",
      "}",
      "{'a':1}",
      '{"a":1,}',
      "nonsense",
      "{} {}",
      "\ufeff{}",
      "[".repeat(10_000),
      '{"password":"hunter2-in-broken-json"',
    ];
    for (const body of broken) {
      const reply = await post(target, { body: Buffer.from(body) });
      assertRefused(reply, 400, "INVALID_JSON");
      assert.doesNotMatch(reply.body, /hunter2|nonsense/);
    }
  },

  "a body that is not UTF-8 is 400": async (target) => {
    const latin1 = Buffer.from('{"username_or_email":"J\xf6rg","password":"x"}', "latin1");
    const overlong = Buffer.concat([Buffer.from('{"username_or_email":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]);
    const half = Buffer.from('{"username_or_email":"ö', "utf8").subarray(0, -1);
    for (const body of [latin1, overlong, half, Buffer.from("{}", "utf16le")]) {
      assertRefused(await post(target, { body }), 400, "INVALID_JSON");
    }
  },

  "half a surrogate pair is no text": async (target) => {
    const error = assertRefused(await post(target, { body: '{"username_or_email":"\\ud800","password":"x"}' }), 400, "INVALID_ARGUMENT");
    assert.equal(error.details?.[0]?.field, "username_or_email");
  },

  "JSON that is no object is 400": async (target) => {
    for (const body of ["[]", "null", "1", '"x"', "true"]) assertRefused(await post(target, { body }), 400, "INVALID_ARGUMENT");
  },

  "values of the wrong type are 400, each field named, none quoted": async (target) => {
    const body = '{"username_or_email":["a"],"password":12345678901,"device_id":{"a":1},"email":true}';
    const reply = await post(target, { body });
    const { details = [] } = assertRefused(reply, 400, "INVALID_ARGUMENT");
    assert.deepEqual(details.map(({ field }) => field).sort(), ["device_id", "email", "password", "username_or_email"]);
    assert.doesNotMatch(reply.body, /12345678901/);
  },

  "a rule that a value breaks is 422, each field named, none quoted": async (target) => {
    const body = JSON.stringify({ username: "1-bad", email: "no-address", password: "hunter7" });
    const reply = await post(target, { path: "/api/v1/auth/register", body });
    const { details = [] } = assertRefused(reply, 422, "VALIDATION_ERROR");
    assert.deepEqual(details.map(({ field }) => field).sort(), ["email", "password", "username"]);
    assert.doesNotMatch(reply.body, /hunter7/);
  },

  "numbers beyond all bounds are values of the wrong type": async (target) => {
    for (const number of ["1e999999", "-1e999999", "9".repeat(5000), "1e-999999"]) {
      assertRefused(await post(target, { body: `{"username_or_email":${number},"password":"x"}` }), 400, "INVALID_ARGUMENT");
    }
    for (const page of ["99999999999999999999", "1e9999", "-1", "0x10", "NaN", "Infinity", "1.5", ""]) {
      const reply = await get(target, `/api/v1/users?page=${page}`, asAdmin(target));
      assert.ok([400, 422].includes(reply.status), `page=${page} is ${reply.status}`);
    }
  },

  "deep nesting is no harm, where it is ignored and where it is read": async (target) => {
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    const ignored = await post(target, { body: `{"unknown":${deep},"username_or_email":"nobody-there","password":"x"}` });
    assertRefused(ignored, 401, "INVALID_CREDENTIALS");
    assertRefused(await post(target, { body: `{"username_or_email":${deep}}` }), 400, "INVALID_ARGUMENT");
    assertRefused(await post(target, { body: `${'{"a":'.repeat(3000)}1${"}".repeat(3000)}` }), 422, "VALIDATION_ERROR");
  },

  "keys of prototypes are keys like any other": async (target) => {
    const poison = '"__proto__":{"admin":true,"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';
    const reply = await post(target, { body: `{${poison},"username_or_email":"nobody-there","password":"x"}` });
    assertRefused(reply, 401, "INVALID_CREDENTIALS");
    assertRefused(
      await post(target, { body: '{"__proto__":{"username_or_email":"root","password":"correct horse battery"}}' }),
      422,
      "VALIDATION_ERROR",
    );
    const query = await get(target, "/api/v1/users?__proto__=1&__proto__.size=1&constructor=1&toString=2", asAdmin(target));
    assert.equal(query.status, 200);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.equal(Object.hasOwn(Object.prototype, "admin"), false);
  },

  "a body of another type, coding or charset is 415": async (target) => {
    for (const headers of [
      { "content-type": "text/plain" },
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "multipart/form-data; boundary=x" },
      { "content-type": ";;;" },
      { "content-type": "application/json; charset=utf-16" },
      { "content-encoding": "gzip" },
      { "content-encoding": "zstd" },
    ]) {
      assertRefused(await post(target, { headers }), 415, "UNSUPPORTED_MEDIA_TYPE");
    }
  },

  "a body that is too large is 413": async (target) => {
    assertRefused(await post(target, { body: `{"password":"${"x".repeat(70_000)}"}` }), 413, "PAYLOAD_TOO_LARGE");
  },

  "a path that is not UTF-8, or not percent-encoded, is 400": async (target) => {
    for (const id of ["%ff", "%c0%80", "%zz", "%", "%ed%a0%80"]) {
      assertRefused(await get(target, `/api/v1/users/${id}`, asAdmin(target)), 400, "INVALID_ARGUMENT");
    }
  },

  "an id in the path that is none is 400, for who may ask and for who may not": async (target) => {
    for (const id of [
      "1",
      "x",
      "%00",
      "..%2f..%2fetc%2fpasswd",
      "%27%20OR%201=1--",
      "1".repeat(5000),
      "00000000-0000-0000-0000-00000000000g",
    ]) {
      const error = assertRefused(await get(target, `/api/v1/users/${id}`, asAdmin(target)), 400, "INVALID_ARGUMENT");
      assert.equal(error.details?.[0]?.field, "user_id");
      const { status } = await get(target, `/api/v1/users/${id}`, { authorization: `Bearer ${target.victim.token}` });
      assert.ok([400, 403].includes(status));
    }
  },

  "a query that is not UTF-8 is 400": async (target) => {
    for (const query of ["search=%ff", "search=%zz", "%ff=1"]) {
      assertRefused(await get(target, `/api/v1/users?${query}`, asAdmin(target)), 400, "INVALID_ARGUMENT");
    }
  },

  "what looks like SQL is text": async (target) => {
    for (const search of ["' OR '1'='1", "%", "_", "\\", "'; DROP TABLE users; --", "a%00b"]) {
      const reply = await get(target, `/api/v1/users?search=${encodeURIComponent(search)}`, asAdmin(target));
      assert.equal(reply.status, 200);
      assert.equal((JSON.parse(reply.body) as { data: { total_elements: number } }).data.total_elements, 0);
    }
    assertRefused(await get(target, "/api/v1/users?sort=password_hash", asAdmin(target)), 422, "VALIDATION_ERROR");
  },

  "headers that are not UTF-8 harm nobody": async (target) => {
    const reply = await get(target, "/api/v1/auth/me", {
      authorization: `Bearer ${target.victim.token}`,
      "user-agent": "\xff\xfe\x80",
      "x-request-id": "\xff",
      traceparent: "\xff",
      accept: "\xff",
    });
    assert.equal(reply.status, 200);
    assertRefused(await get(target, "/api/v1/auth/me", { authorization: "Bearer \xff\xfe" }), 401, "INVALID_TOKEN");
  },

  "an id of a request that is not sane is replaced, and never comes back": async (target) => {
    for (const id of ["a%0d%0aset-cookie: x=1", "a b", "x".repeat(129), "", '"', "<script>", "ü", "a,b"]) {
      const reply = await get(target, "/health", { "x-request-id": id });
      assert.equal(reply.status, 200);
      assert.notEqual(reply.headers.get("x-request-id"), id);
      assert.match(reply.headers.get("x-request-id") ?? "", /^[A-Za-z0-9._-]{1,128}$/);
      assert.equal(reply.headers.has("set-cookie"), false);
    }
    const twice = await ask(
      target.server.ports.rest,
      "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: a\r\nx-request-id: b\r\n\r\n",
    );
    assert.doesNotMatch(twice.headers.get("x-request-id") ?? "", /^[ab]$|,/);
    assert.equal((await get(target, "/health", { "x-request-id": "good-1" })).headers.get("x-request-id"), "good-1");
  },

  "a forwarded address is not believed": async (target) => {
    const before = target.server.entries.length;
    assertRefused(
      await get(target, "/api/v1/auth/me", { "x-forwarded-for": "203.0.113.7", forwarded: "for=203.0.113.7" }),
      401,
      "UNAUTHORIZED",
    );
    const lines = JSON.stringify(target.server.entries.slice(before));
    assert.match(lines, /127\.0\.0\.1/);
    assert.doesNotMatch(lines, /203\.0\.113\.7/);
  },

  "a method that an address does not have is 405 and says which it has": async (target) => {
    for (const method of ["DELETE", "PATCH", "TRACE", "PROPFIND", "PURGE"]) {
      const reply = await ask(target.server.ports.rest, `${method} /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
      assertRefused(reply, 405, "METHOD_NOT_ALLOWED");
      assert.match(reply.headers.get("allow") ?? "", /GET/);
    }
  },

  "an unknown address is 404, whatever it looks like": async (target) => {
    for (const path of [
      "/nowhere",
      "/api/v1/users/../../etc/passwd",
      "/.env",
      "/swagger-ui/..%2f..%2fpackage.json",
      "//evil.example/health",
      "/health/",
    ]) {
      assertRefused(await get(target, path), 404, "NOT_FOUND");
    }
  },

  "who asks for problem details gets them, with the same code": async (target) => {
    const accept = { accept: "application/problem+json" };
    for (const [reply, status, code] of [
      [await post(target, { headers: accept, body: "{" }), 400, "INVALID_JSON"],
      [await post(target, { headers: accept, body: "{}" }), 422, "VALIDATION_ERROR"],
      [await get(target, "/api/v1/auth/me", accept), 401, "UNAUTHORIZED"],
      [await get(target, "/nowhere", accept), 404, "NOT_FOUND"],
      [await post(target, { headers: { ...accept, "content-type": "text/plain" } }), 415, "UNSUPPORTED_MEDIA_TYPE"],
    ] as const) {
      const problem = JSON.parse(reply.body) as Record<string, unknown>;
      assert.match(reply.headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.deepEqual([reply.status, problem.status, problem.code], [status, status, code]);
      assert.equal(problem.trace_id, reply.headers.get("x-request-id"));
    }
  },
});
