import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

/** The names an index exports, types marked as such. Indexes export by name, so reading them is enough. */
function exportedNames(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/export (type )?\{([^}]*)\}/g)]
    .flatMap(([, type, names]) =>
      (names ?? "")
        .split(",")
        .map((name) => name.trim().replace(/^.* as /, ""))
        .filter((name) => name !== "")
        .map((name) => (type ? `${name} (type)` : name)),
    )
    .sort();
}

test("the public names are those that were promised; after a wanted change run: npm run api:update", (t) => {
  const { name, exports } = JSON.parse(readFileSync(join(root, "packages/framework/package.json"), "utf8")) as {
    name: string;
    exports: Record<string, string | Record<string, string>>;
  };
  const lines: string[] = [];
  for (const [subpath, target] of Object.entries(exports)) {
    const source = typeof target === "string" ? undefined : target["@arcana/source"];
    if (source === undefined || subpath.includes("*")) continue;
    lines.push(`${name}${subpath.slice(1)}`, ...exportedNames(join(root, "packages/framework", source)).map((exported) => `  ${exported}`));
  }
  t.assert.fileSnapshot(lines.join("\n"), join(root, "test/static/public-api.txt"), { serializers: [String] });
});
