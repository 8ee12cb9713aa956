import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { referencePages } from "../../scripts/reference-pages.ts";

const folder = join(import.meta.dirname, "../../docs/reference");

test("docs/reference says what the code says; after a change of a table run: npm run reference", () => {
  const pages = referencePages();
  assert.deepEqual(readdirSync(folder).sort(), [...pages.keys()].sort());
  for (const [name, text] of pages) assert.equal(readFileSync(join(folder, name), "utf8"), text, name);
});

test("every reason that a contract's comments name exists", async () => {
  const { comments } = await import("../../apps/cloud/src/gen/comments.ts");
  const known = new Set(
    [
      ...(referencePages()
        .get("errors.md")
        ?.matchAll(/^\| `([A-Z_]+)`/gm) ?? []),
    ].map(([, reason]) => reason),
  );
  const named = Object.values(comments).flatMap((text) => /Errors: ([A-Z_, ]+)\./.exec(text)?.[1]?.split(", ") ?? []);
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((reason) => !known.has(reason)),
    [],
  );
});
