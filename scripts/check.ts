// `npm run check`: everything about the code that can be seen without running the application. All checks run, then the
// verdict; the exit code is 1 when one of them failed.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const node = process.execPath;

const checks: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ["types", "tsc", ["-p", "."]],
  ["lint and format", "biome", ["check", "--error-on-warnings", "--colors=off", "."]],
  ["unused code and dependencies", "knip", []],
  ["architecture, public API, docs", node, ["--conditions=@arcana/source", "--test", "test/static/*.test.ts"]],
  ["generated code", node, ["scripts/generate.ts", "--check"]],
];

const failed: string[] = [];
for (const [name, command, args] of checks) {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` },
  });
  const good = status === 0;
  if (!good) failed.push(name);
  console.log(
    `${good ? "ok    " : "FAILED"} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)${error ? `: ${error.message}` : ""}`,
  );
}
if (failed.length > 0) {
  console.error(`\nnot clean: ${failed.join(", ")}`);
  process.exitCode = 1;
}
