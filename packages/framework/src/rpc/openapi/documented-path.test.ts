import assert from "node:assert/strict";
import { test } from "node:test";
import { documentedPath } from "./documented-path.ts";

const templates: readonly [template: string, path: string, variables: object[]][] = [
  ["/v1/users", "/v1/users", []],
  ["/v1/users/{user_id}/role", "/v1/users/{user_id}/role", [{ name: "user_id", pattern: undefined }]],
  [
    "/v1/{a}/{b.c}",
    "/v1/{a}/{b.c}",
    [
      { name: "a", pattern: undefined },
      { name: "b.c", pattern: undefined },
    ],
  ],
  ["/v1/{id=*}:undo", "/v1/{id}:undo", [{ name: "id", pattern: undefined }]],
  ["/v1/{name=shelves/*/books/**}", "/v1/{name}", [{ name: "name", pattern: "shelves/*/books/**" }]],
];
for (const [template, path, variables] of templates) {
  test(`${template} is documented as ${path}`, () => {
    assert.deepEqual(documentedPath(template), { path, variables });
  });
}
