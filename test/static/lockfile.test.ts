/** `npm ci` refuses a lock file that lacks an optional package, also one for another system than the one it runs on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

test("the lock file names every optional package, so that npm ci installs from it on every system", () => {
  const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as LockFile;
  const wanted = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ name, places: [`${place}/node_modules/${name}`, `node_modules/${name}`] })),
  );
  assert.ok(wanted.length > 0);
  const missing = wanted.filter(({ places }) => !places.some((place) => place in packages)).map(({ name }) => name);
  assert.deepEqual(missing, [], "npm left these out where the registry did not offer them: add an entry with version, os and cpu");
});
