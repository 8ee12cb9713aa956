import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

/** A file by its path from the root, and what it imports: files of ours by path, packages by name. */
interface Source {
  readonly path: string;
  readonly imports: readonly { readonly line: number; readonly target: string }[];
  readonly text: string;
}

const importPattern = /(?:^|\n)\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const imports = [...text.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const line = text.slice(0, match.index + match[0].length).split("\n").length;
    return { line, target: specifier.startsWith(".") ? relative(root, join(root, dirname(path), specifier)) : specifier };
  });
  return { path, imports, text };
}

const shipped = globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts", "apps/*/migrations/**/*.ts"], { cwd: root })
  .filter((path) => !path.includes("/gen/") && !/\.(test|contract)\.ts$/.test(path) && !path.includes("/testing/"))
  .map(readSource);

const cloud = "apps/cloud/src";

/** Which imports a folder of the application may have, beside its own. The first row that fits a file is its row. */
const application: readonly (readonly [folder: string, allowed: readonly string[]])[] = [
  [`${cloud}/domain/`, ["@arcana/framework/error"]],
  [`${cloud}/service/`, [`${cloud}/domain/`, "@arcana/framework/error", "@arcana/framework/events", "node:crypto"]],
  [
    `${cloud}/repository/`,
    [
      `${cloud}/domain/`,
      `${cloud}/service/ports.ts`,
      "@arcana/framework/error",
      "@arcana/framework/data",
      "@arcana/framework/events",
      "kysely",
      "lru-cache",
      "node:",
    ],
  ],
  [
    `${cloud}/controller/`,
    [`${cloud}/service/`, `${cloud}/domain/`, `${cloud}/gen/`, "@arcana/framework/", "@connectrpc/connect", "@bufbuild/protobuf"],
  ],
  ["apps/cloud/migrations/", ["@arcana/framework/data", "kysely"]],
];

/** Which folders of the framework a folder may import, beside its own and generated code. */
const framework: Readonly<Record<string, readonly string[]>> = {
  error: [],
  config: ["error"],
  events: ["error"],
  files: [],
  data: ["error", "files"],
  telemetry: ["error", "rpc"],
  rpc: ["error", "security"],
  security: ["error", "rpc", "files"],
  app: ["error", "telemetry"],
};

test("the layers of the application import only what lies below them", () => {
  const offences: string[] = [];
  for (const { path, imports } of shipped) {
    const row = application.find(([folder]) => path.startsWith(folder));
    if (row === undefined) continue;
    const [folder, allowed] = row;
    for (const { line, target } of imports) {
      if (target.startsWith(folder) || allowed.some((prefix) => target === prefix || target.startsWith(prefix))) continue;
      offences.push(`${path}:${line} imports ${target}; ${folder} may import ${allowed.join(", ") || "nothing"}`);
    }
  }
  assert.deepEqual(offences, []);
});

test("the folders of the framework import only the folders they may", () => {
  const offences: string[] = [];
  const home = "packages/framework/src/";
  for (const { path, imports } of shipped) {
    if (!path.startsWith(home)) continue;
    const folder = path.slice(home.length).split("/")[0] ?? "";
    const allowed = framework[folder];
    assert.ok(allowed, `${path}: the folder ${folder} has no row in this test's table`);
    for (const { line, target } of imports) {
      if (target.startsWith("@arcana/") || target.startsWith("apps/"))
        offences.push(`${path}:${line} imports ${target}: the framework knows no application`);
      if (!target.startsWith(home)) continue;
      const other = target.slice(home.length).split("/")[0] ?? "";
      if (other !== folder && other !== "gen" && !allowed.includes(other))
        offences.push(`${path}:${line} imports ${target}; ${folder} may import ${allowed.join(", ") || "nothing"}`);
    }
  }
  assert.deepEqual(offences, []);
});

test("only the composition root knows every part", () => {
  const parts = ["repository/", "controller/"].map((folder) => `${cloud}/${folder}`);
  const offences = shipped
    .filter(
      ({ path }) =>
        path.startsWith(cloud) &&
        path !== `${cloud}/compose.ts` &&
        !path.startsWith(`${cloud}/compose/`) &&
        !parts.some((part) => path.startsWith(part)),
    )
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => parts.some((part) => target.startsWith(part)))
        .map(({ line, target }) => `${path}:${line} imports ${target}`),
    );
  assert.deepEqual(offences, []);
});

test("nothing but the entry reads the environment", () => {
  const entries = [`${cloud}/main.ts`];
  const offences = shipped
    .filter(({ path }) => !entries.includes(path))
    .flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          /process\.env\b/.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [],
        ),
    );
  assert.deepEqual(offences, []);
});

test("indexes export by name, and nothing is exported by default", () => {
  const offences = shipped.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (/^export (\*|default)/.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
  assert.deepEqual(offences, []);
});

test("no source file of ours is longer than 400 lines", () => {
  const offences = shipped
    .filter(({ text }) => text.split("\n").length > 400)
    .map(({ path, text }) => `${path}: ${text.split("\n").length}`);
  assert.deepEqual(offences, []);
});

test("the patterns of this file see imports in all their forms", () => {
  const forms = [
    'import { a } from "x1";',
    'import type {\n  B,\n} from "x2";',
    'import "x3";',
    'export { c } from "x4";',
    'const d = await import("x5");',
  ];
  const found = [...forms.join("\n").matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3]);
  assert.deepEqual(found, ["x1", "x2", "x3", "x4", "x5"]);
});
