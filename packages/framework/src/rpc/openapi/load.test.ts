import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiDocument } from "./document.ts";
import { loadOpenApiDocument } from "./load.ts";

test("the document that is loaded is the one that is made", async () => {
  const options = { operations: [], comments: {}, errors: {}, info: { title: "Test", version: "1" } };
  assert.deepEqual(await loadOpenApiDocument(options), openApiDocument(options));
});
