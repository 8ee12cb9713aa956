import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import Fastify from "fastify";
import { matchPath, parsePathTemplate } from "./path-template.ts";

test("literals and variables become the router's pattern", () => {
  const template = parsePathTemplate("/api/v1/users/{user_id}/sessions/{session.id}");
  assert.equal(template.route, "/api/v1/users/:p0/sessions/:p1");
  assert.deepEqual(template.variables, [
    { field: "user_id", multiple: false },
    { field: "session.id", multiple: false },
  ]);
  assert.equal(template.plain, true);
  assert.deepEqual(matchPath(template, "/api/v1/users/7/sessions/a%2Fb"), ["7", "a/b"]);
});

const cases: readonly (readonly [template: string, path: string, captured: readonly string[] | undefined])[] = [
  ["/", "/", []],
  ["/", "/x", undefined],
  ["/health", "/health", []],
  ["/health", "/healthy", undefined],
  ["/v1/{name=shelves/*}", "/v1/shelves/7", ["shelves/7"]],
  ["/v1/{name=shelves/*}", "/v1/shelves/7/books", undefined],
  ["/v1/{name=shelves/*}", "/v1/shelves/", undefined],
  ["/v1/{name=shelves/*/books/*}", "/v1/shelves/a%20b/books/c%2Fd", ["shelves/a b/books/c%2Fd"]],
  ["/v1/{name=**}", "/v1/a/b%2fc/d", ["a/b%2fc/d"]],
  ["/v1/{name=files/**}", "/v1/files/", ["files/"]],
  ["/v1/*/users/{id}", "/v1/any/users/7", ["7"]],
  ["/v1/**", "/v1/a/b", []],
  ["/v1/users:batch", "/v1/users:batch", []],
  ["/v1/users:batch", "/v1/users", undefined],
  ["/v1/users/{id}:cancel", "/v1/users/7:cancel", ["7"]],
  ["/v1/users/{id}:cancel", "/v1/users/7", undefined],
  ["/v1/users/{id}:cancel", "/v1/users/a:b:cancel", ["a:b"]],
  ["/v1/users/{id}", "/v1/users/7:cancel", ["7:cancel"]],
  ["/v1/{name=**}:undo", "/v1/a/b:undo", ["a/b"]],
  ["/v1/{a}/{b.c}", "/v1/x/y", ["x", "y"]],
  ["/v1/a.b-c~d(e)+f@g/{id}", "/v1/a.b-c~d(e)+f@g/1", ["1"]],
];

test("every form of template captures what the specification says", () => {
  for (const [source, path, captured] of cases)
    assert.deepEqual(matchPath(parsePathTemplate(source), path), captured, `${source} on ${path}`);
});

test("the router finds the same templates for a path", async () => {
  for (const [source, path, captured] of cases) {
    const template = parsePathTemplate(source);
    const fastify = Fastify();
    fastify.get(template.route, async ({ params }) => params);
    const response = await fastify.inject(path);
    // The router cannot see verbs behind wildcards: it finds more, and the matcher decides.
    if (captured !== undefined) assert.equal(response.statusCode, 200, `${source} on ${path}`);
    if (response.statusCode !== 200 || !template.plain || captured === undefined) continue;
    const params = response.json<Record<string, string>>();
    assert.deepEqual(
      template.variables.map((_, index) => params[`p${index}`]),
      captured,
      `${source} on ${path}`,
    );
  }
});

test("any text in a segment comes back decoded", () => {
  const template = parsePathTemplate("/v1/{a}/x/{b=y/*}");
  const character = fc.integer({ min: 0, max: 0x10ffff }).map((codePoint) => String.fromCodePoint(codePoint).toWellFormed());
  const text = fc.string({ unit: fc.oneof(fc.constantFrom("/", "%", ":", "a"), character), minLength: 1 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const captured = matchPath(template, `/v1/${encodeURIComponent(a)}/x/y/${encodeURIComponent(b)}`);
      assert.deepEqual(captured, [a, `y/${b.replaceAll("/", "%2F")}`]);
    }),
    { seed: 18, numRuns: 100 },
  );
});

test("a path that is not UTF-8 is no match", () => {
  assert.equal(matchPath(parsePathTemplate("/v1/{a}"), "/v1/%ff"), undefined);
  assert.equal(matchPath(parsePathTemplate("/v1/{a=**}"), "/v1/%zz/b"), undefined);
});

test("what is no template is refused with the place", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /expected \/ at character 1/],
    ["v1", /expected \/ at character 1/],
    ["/v1/", /expected a segment at character 5/],
    ["//v1", /expected a segment at character 2/],
    ["/v1/{}", /expected a field's name at character 6/],
    ["/v1/{a", /expected \} at character 7/],
    ["/v1/{a=}", /expected a segment without variables at character 8/],
    ["/v1/{a=x/{b}}", /expected a segment without variables at character 10/],
    ["/v1/{a.}", /expected \} at character 7/],
    ["/v1/{a}x", /expected a slash, a verb or the end at character 8/],
    ["/v1/***", /expected a slash, a verb or the end at character 7/],
    ["/v1/a b", /expected a slash, a verb or the end at character 6/],
    ["/v1/a%20b", /expected a slash, a verb or the end at character 6/],
    ["/v1/a?b=c", /expected a slash, a verb or the end at character 6/],
    ["/v1/a:", /expected a verb at character 7/],
    ["/v1/a:b:c", /expected a slash, a verb or the end at character 8/],
    ["/v1/{a}/{a}", /captures a twice/],
    ["/v1/{a=**}/x", /\*\* must be the last segment/],
    ["/v1/**/**", /\*\* must be the last segment/],
  ];
  for (const [source, message] of wrong) assert.throws(() => parsePathTemplate(source), message, source);
});

test("no path makes the matcher slow", () => {
  const template = parsePathTemplate("/v1/{a}/{b}/{c=x/*/y/*}:z");
  const path = `/v1/${"a:".repeat(5_000)}/${":z".repeat(5_000)}/x/${"/".repeat(5_000)}`;
  const started = performance.now();
  assert.equal(matchPath(template, path), undefined);
  assert(performance.now() - started < 100);
});
