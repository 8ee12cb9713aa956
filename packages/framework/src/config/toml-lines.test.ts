import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { tomlLines } from "./toml-lines.ts";

function lineOf(source: string, ...path: string[]): number | undefined {
  return tomlLines(source).get(JSON.stringify(path));
}

test("keys, sections, dotted and quoted keys are found on their lines", () => {
  const source = [
    "# a = 1",
    "top = 1 # = 2",
    "",
    "[server]",
    'host = "[not.a.section]"',
    "rest . port = 8080",
    "",
    '[ server . "odd.name" ]',
    "'k' = 1",
    "\"q\\u0041\" = 'x'",
    "[[server.list]]",
    "inside = 1",
  ].join("\r\n");
  assert.equal(lineOf(source, "a"), undefined);
  assert.equal(lineOf(source, "top"), 2);
  assert.equal(lineOf(source, "server"), 4);
  assert.equal(lineOf(source, "server", "host"), 5);
  assert.equal(lineOf(source, "server", "rest", "port"), 6);
  assert.equal(lineOf(source, "server", "odd.name"), 8);
  assert.equal(lineOf(source, "server", "odd.name", "k"), 9);
  assert.equal(lineOf(source, "server", "odd.name", "qA"), 10);
  assert.equal(lineOf(source, "server", "list"), 11);
  assert.equal(lineOf(source, "server", "list", "inside"), 12);
});

test("values over several lines hide no key and make none", () => {
  const source = [
    "list = [",
    "  1, # ]",
    '  "]",',
    "  { a = 1 },",
    "]",
    'text = """',
    "no = 1",
    '\\""" = 2',
    '""""',
    "raw = '''",
    "[no]",
    "'''",
    "after = 1",
  ];
  const text = source.join("\n");
  assert.deepEqual(Object.keys(parse(text)), ["list", "text", "raw", "after"]);
  assert.deepEqual(
    [...tomlLines(text)],
    [
      ['["list"]', 1],
      ['["text"]', 6],
      ['["raw"]', 10],
      ['["after"]', 13],
    ],
  );
});

test("in any document the line found for a top-level key begins with that key", () => {
  const value = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.string(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
  );
  const documents = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), value, { minKeys: 1, maxKeys: 6, noNullPrototype: true });
  fc.assert(
    fc.property(documents, (document) => {
      const source = stringify(document);
      const lines = source.split("\n");
      for (const name of Object.keys(parse(source))) {
        const line = lines[(lineOf(source, name) ?? 0) - 1] ?? "";
        assert.ok(line.startsWith(`${name} =`) || line === `[${name}]`, `${name} is not on the line ${line} of\n${source}`);
      }
    }),
    { seed: 20260101 },
  );
});
