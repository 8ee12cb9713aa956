/** What the documents point at exists. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const documents = globSync(["*.md", "docs/**/*.md"], { cwd: root });

/** Made on the reader's machine. */
const absent: readonly string[] = ["config/local.toml"];

function wordsOf(document: string, pattern: RegExp): readonly string[] {
  return [...readFileSync(join(root, document), "utf8").matchAll(pattern)].map(([, word = ""]) => word);
}

test("every link of a document within the repository leads somewhere", () => {
  const links = documents.flatMap((document) =>
    wordsOf(document, /\]\((?!https?:|#)([^)#]+)/g).map((link) => ({ document, link, path: join(root, dirname(document), link) })),
  );
  assert.ok(links.length > 0);
  const broken = links.filter(({ path }) => !existsSync(path)).map(({ document, link }) => `${document}: ${link}`);
  assert.deepEqual(broken, []);
});

test("every path that a document names in code exists", () => {
  const paths = documents.flatMap((document) =>
    wordsOf(document, /`((?:apps|bench|config|docs|examples|packages|proto|scripts|test)\/[\w./-]*)`/g).map((path) => ({ document, path })),
  );
  assert.ok(paths.length > 0);
  const missing = paths.filter(({ path }) => !absent.includes(path) && !existsSync(join(root, path)));
  assert.deepEqual(missing, []);
});
