import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { loadOrCreateSecret } from "./secret-file.ts";

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "arcana-secret-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("a secret is made once, with its folder, for its owner alone, and kept", async () => {
  await using data = await folder();
  const path = join(data.path, "new", "jwt.secret");
  const secret = await loadOrCreateSecret(path);
  assert.equal(Buffer.from(secret, "base64url").length, 48);
  assert.equal(await loadOrCreateSecret(path), secret);
  assert.equal((await readFile(path, "utf8")).trim(), secret);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(data.path, "new"))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(join(data.path, "new")), ["jwt.secret"]);
});

test("calls at once all get the same secret and leave nothing behind", async () => {
  await using data = await folder();
  const path = join(data.path, "jwt.secret");
  const secrets = await Promise.all(Array.from({ length: 16 }, () => loadOrCreateSecret(path)));
  assert.equal(new Set(secrets).size, 1);
  assert.deepEqual(await readdir(data.path), ["jwt.secret"]);
});

test("processes that start at once all get the same secret", async () => {
  await using data = await folder();
  const path = join(data.path, "jwt.secret");
  const script = `const { loadOrCreateSecret } = await import(${JSON.stringify(import.meta.resolve("./secret-file.ts"))});
    process.stdout.write(await loadOrCreateSecret(${JSON.stringify(path)}));`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  const secrets = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout);
  assert.equal(new Set(secrets).size, 1);
  assert.equal(secrets[0], (await readFile(path, "utf8")).trim());
});

test("a file that others can read is closed to them", async () => {
  await using data = await folder();
  const path = join(data.path, "jwt.secret");
  const secret = await loadOrCreateSecret(path);
  await chmod(path, 0o644);
  assert.equal(await loadOrCreateSecret(path), secret);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test("what is no secret is refused and not overwritten", async () => {
  await using data = await folder();
  const path = join(data.path, "jwt.secret");
  for (const content of ["", "short", "x".repeat(50).concat(" y")]) {
    await writeFile(path, content);
    await assert.rejects(loadOrCreateSecret(path), /remove it to have one made/);
    assert.equal(await readFile(path, "utf8"), content);
  }
});

test("a place where no file can be says so in one line", async () => {
  await using data = await folder();
  const file = join(data.path, "file");
  await writeFile(file, "");
  await assert.rejects(loadOrCreateSecret(join(file, "jwt.secret")), /cannot be (read|made) \(ENOTDIR\)/);
  const directory = join(data.path, "directory");
  await mkdir(directory);
  await assert.rejects(loadOrCreateSecret(directory), /cannot be read \(EISDIR\)/);
  // Node's own making of folders would try for ever there.
  await assert.rejects(loadOrCreateSecret("/proc/a/jwt.secret"), /cannot be made \((ENOENT|EACCES|EROFS)\)/);
});
