import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

before(() => {
  run(process.execPath, "scripts/build.ts");
});

test("an application author's program compiles against the published types", () => {
  run(join(root, "node_modules/.bin/tsc"), "-p", "test/published");
});

test("it runs on the published code, without the sources", () => {
  const said = JSON.parse(run(process.execPath, "test/published/consumer.ts")) as Record<string, unknown>;
  assert.deepEqual(said, {
    greeting: "good day",
    waitMs: 2000,
    code: "not_found",
    check: "grpc.health.v1.Health/Check",
    isPublic: true,
    allowed: true,
    matches: true,
    one: 1,
    id: 36,
    logged: true,
    metrics: "\n",
    column: "object",
  });
});

test("the package holds what it promises and no test", () => {
  const files =
    (JSON.parse(run("npm", "pack", "--dry-run", "--json", "-w", "@arcana/framework")) as { files: { path: string }[] }[])[0]?.files.map(
      ({ path }) => path,
    ) ?? [];
  for (const promised of [
    "dist/error/index.js",
    "dist/rpc/index.d.ts",
    "dist/gen/arcana/access/v1/access_pb.js",
    "proto/arcana/access/v1/access.proto",
  ]) {
    assert.ok(files.includes(promised), promised);
  }
  assert.deepEqual(
    files.filter((path) => /\.test\.|\.contract\.|fixture|\/testing\/|^src\//.test(path)),
    [],
  );
});
