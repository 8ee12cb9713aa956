import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errorFields } from "./errors.ts";
import { redact } from "./redact.ts";
import { scrub } from "./scrub.ts";

test("what stands under a secret's name is masked, whatever it is and however deep; flags and nothing stay", () => {
  const names = [
    "password",
    "newPassword",
    "password_hash",
    "token",
    "access_token",
    "refreshToken",
    "secret",
    "jwt_secret",
    "Authorization",
    "set-cookie",
    "cookie",
    "apiKey",
    "private_key",
    "pwd",
    "otp",
  ];
  for (const name of names) {
    assert.deepEqual(redact({ a: [{ b: { [name]: "x" } }], [name]: { deep: 1 } }), {
      a: [{ b: { [name]: "[redacted]" } }],
      [name]: "[redacted]",
    });
  }
  const plain = { password_changed: true, token: undefined, cookie: null, user_id: "u1", passenger: "p", keyboard: "k" };
  assert.deepEqual(redact(plain), plain);
});

test("no secret under a secret's name survives, wherever in a value it stands", () => {
  const leaf = fc.constantFrom<unknown>(
    { password: "s3cret" },
    { access_token: ["s3cret"] },
    new Map([["cookie", "s3cret"]]),
    "plain",
    7,
    null,
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("node")), fc.dictionary(fc.string(), tie("node"))),
  })).node;
  fc.assert(
    fc.property(value, (thing) => !JSON.stringify(redact({ thing })).includes("s3cret")),
    { seed: 20_260_101 },
  );
});

test("values that JSON cannot hold, circles, and what throws when it is read become words", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const fields = redact({
    circle,
    big: 1n,
    bytes: Buffer.from("s3cret"),
    date: new Date(0),
    set: new Set([1]),
    run: () => 1,
    get broken() {
      throw new Error("no");
    },
  });
  const { circle: _, ...rest } = fields;
  assert.deepEqual(rest, {
    big: "1",
    bytes: "[6 bytes]",
    date: "1970-01-01T00:00:00.000Z",
    set: [1],
    run: "[function]",
    broken: "[unreadable]",
  });
  assert.match(JSON.stringify(fields), /too deep/);
});

test("a line stays small whatever is logged", () => {
  const wide = Array.from({ length: 500 }, () => Array.from({ length: 500 }, () => "x"));
  const text = JSON.stringify(redact({ wide, long: "x".repeat(1_000_000) }));
  assert.ok(text.length < 30_000, `${text.length} characters`);
});

test("secrets are known by their form, in any text", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
  assert.equal(scrub(`got ${jwt}, sorry`), "got [redacted], sorry");
  assert.equal(scrub("Authorization: Basic dXNlcjpwYXNz"), "Authorization: Basic [redacted]");
  assert.equal(scrub("redis://:hunter2@cache:6379 and http://a.example/b"), "redis://:[redacted]@cache:6379 and http://a.example/b");
  assert.equal(scrub("a basic thing, see https://example.com/x"), "a basic thing, see https://example.com/x");
});

test("the input that a JSON error quotes is left out", () => {
  for (const input of [
    "hunter2",
    '{"password":hunter2}',
    '{\n"password": "hunter2",}',
    `[1, "${"a".repeat(50)}", hunter2, ${"1,".repeat(50)}]`,
  ]) {
    const error = (() => {
      try {
        return JSON.parse(input);
      } catch (thrown) {
        return thrown;
      }
    })();
    assert.ok(!JSON.stringify(errorFields(error)).includes("hunter2"), error.message);
  }
});

test("an error keeps message, stack, code and causes, and nothing else that libraries hang on it", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", port: 5432, config: { data: "s3cret" } });
  const error = Object.assign(new Error("query failed", { cause }), {
    sql: "select 's3cret'",
    parameters: ["s3cret"],
    reason: "UNAVAILABLE",
  });
  const fields = errorFields(error);
  assert.partialDeepStrictEqual(fields, {
    type: "Error",
    message: "query failed",
    reason: "UNAVAILABLE",
    cause: { code: "ECONNREFUSED", port: 5432 },
  });
  assert.match(String(fields.stack), /redact\.test\.ts/);
  assert.ok(!JSON.stringify(fields).includes("s3cret"));
  const endless = new Error("endless");
  endless.cause = endless;
  assert.equal(JSON.stringify(errorFields(new AggregateError([endless]))).match(/"message":"endless"/g)?.length, 5);
});
