import assert from "node:assert/strict";
import { test } from "node:test";
import { operationsOf } from "../contract.ts";
import { pathFieldsOf, routesOf } from "./routes.ts";
import type { MethodPlan } from "./testing/library.ts";
import { libraryOf } from "./testing/library.ts";

function routes(plans: Readonly<Record<string, MethodPlan>>) {
  return routesOf(operationsOf([libraryOf(plans)]));
}

const get = (value: string): MethodPlan => ({ http: { pattern: { case: "get", value } } });

test("an operation has a route for each of its bindings, and none without any", () => {
  const http = {
    pattern: { case: "get" as const, value: "/a/{id}" },
    additionalBindings: [{ pattern: { case: "post" as const, value: "/b/{book.id}" }, body: "*" }],
  };
  const found = routes({ One: { http }, Two: {} });
  assert.deepEqual(
    found.map(({ binding, template }) => [binding.httpMethod, template.route]),
    [
      ["GET", "/a/:p0"],
      ["POST", "/b/:p0"],
    ],
  );
  assert.deepEqual(
    found.map(({ binding }) => [...pathFieldsOf(binding)]),
    [["id"], ["book.id"]],
  );
});

test("a rule that cannot be served is refused at start-up, with the operation and the reason", () => {
  const refused: readonly (readonly [Readonly<Record<string, MethodPlan>>, RegExp])[] = [
    [{ A: { ...get("/a"), streams: true } }, /Library\/A, GET \/a: a streaming operation/],
    [{ A: get("/a/{") }, /Library\/A, GET \/a\/\{: the path template \/a\/\{: expected a field's name/],
    [{ A: get("/a/{nope}") }, /BookRequest has no field nope/],
    [{ A: get("/a/{book}") }, /the field book does not fit into a path/],
    [{ A: get("/a/{tags}") }, /the field tags does not fit into a path/],
    [{ A: get("/a/{since}") }, /the field since does not fit into a path/],
    [{ A: { http: { pattern: { case: "get", value: "/a" }, body: "*" } } }, /a GET request has no body/],
    [{ A: { http: { pattern: { case: "put", value: "/a/{id}" }, body: "id" } } }, /the field id is both in the path and the body/],
    [{ A: { http: { pattern: { case: "custom", value: { kind: "TRACE", path: "/a" } } } } }, /the method is not one of GET, POST/],
    [{ A: { http: { pattern: { case: "custom", value: { kind: "head", path: "/a" } } } } }, /the method is not one of GET, POST/],
    [{ A: { ...get("/a"), successStatus: 404 } }, /404 is no status of success/],
    [
      { A: get("/a/{id}"), B: get("/a/{name}") },
      /Library\/B, GET \/a\/\{name\}: matches the same requests as \/a\/\{id\} of test\.v1\.Library\/A/,
    ],
    [{ A: get("/a/{id}:x"), B: get("/a/{name=*}:x") }, /matches the same requests/],
    [{ A: get("/a/**"), B: get("/a/{name=**}") }, /matches the same requests/],
  ];
  for (const [plans, message] of refused) assert.throws(() => routes(plans), message);
});

test("templates that differ in method, verb or literals stand side by side", () => {
  const post = (value: string): MethodPlan => ({ http: { pattern: { case: "post", value }, body: "*" } });
  assert.equal(
    routes({ A: get("/a/{id}"), B: post("/a/{id}"), C: get("/a/{id}:x"), D: get("/a/{id}:y"), E: get("/a/b"), F: get("/a/**") }).length,
    6,
  );
});
