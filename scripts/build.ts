// Builds what is published: .js and .d.ts of each package into its `dist`. Nothing in the repository needs it:
// here packages run from source, by the export condition `@arcana/source`.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

for (const name of readdirSync(join(root, "packages"))) {
  const folder = join(root, "packages", name);
  if (!existsSync(join(folder, "tsconfig.build.json"))) continue;
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  try {
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", join(folder, "tsconfig.build.json")], { stdio: "inherit" });
  } catch {
    console.error(`packages/${name} was not built: the compiler's messages stand above.`);
    process.exit(1);
  }
  console.log(`built packages/${name}`);
}
