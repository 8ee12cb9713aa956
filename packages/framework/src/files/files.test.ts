import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { closeToOthers } from "./close-to-others.ts";
import { makeFolder } from "./make-folder.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "arcana-files-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("folders are made for their owner alone, and those that exist stay as they are", (t) => {
  const root = folder(t);
  chmodSync(root, 0o755);
  makeFolder(join(root, "a/b"));
  makeFolder(join(root, "a/b"));
  assert.deepEqual([root, join(root, "a"), join(root, "a/b")].map(modeOf), [0o755, 0o700, 0o700]);
});

test("a place where no folder can be fails with the system's error", (t) => {
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  assert.throws(() => makeFolder(join(file, "a")), { code: "ENOTDIR" });
  assert.throws(() => makeFolder("/proc/a/b"), { code: /ENOENT|EACCES|EROFS/ });
});

test("a file of this user is closed to others, and a missing one stays missing", (t) => {
  const root = folder(t);
  const file = join(root, "file");
  assert.equal(closeToOthers(file), undefined);
  for (const mode of [0o644, 0o660, 0o601]) {
    writeFileSync(file, "");
    chmodSync(file, mode);
    assert.equal(closeToOthers(file), undefined);
    assert.equal(modeOf(file), 0o600);
  }
  chmodSync(file, 0o400);
  assert.equal(closeToOthers(file), undefined);
  assert.equal(modeOf(file), 0o400);
});

/** A file that others may read and that is not this user's. */
function foreignFile(t: TestContext): string {
  if (process.geteuid?.() !== 0) return "/etc/passwd";
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  chmodSync(file, 0o644);
  chownSync(file, 65_534, 65_534);
  return file;
}

test("a file of another user is left alone, with a warning", (t) => {
  const file = foreignFile(t);
  assert.match(closeToOthers(file) ?? "", /is open to others, and belongs to another user/);
  assert.equal(modeOf(file), 0o644);
});
