import assert from "node:assert/strict";
import { test } from "node:test";
import { frameworkError } from "@arcana/framework/error";
import { retryOnConflict } from "./retry-on-conflict.ts";

function failing(times: number, error: Error) {
  let calls = 0;
  return {
    calls: () => calls,
    async work() {
      calls += 1;
      if (calls <= times) throw error;
      return "done";
    },
  };
}

const conflict = frameworkError("CONFLICT", "changed meanwhile");

test("work that meets two conflicts is done at the third attempt", async () => {
  const { work, calls } = failing(2, conflict);
  assert.equal(await retryOnConflict(work), "done");
  assert.equal(calls(), 3);
});

test("the third conflict is told", async () => {
  const { work, calls } = failing(3, conflict);
  await assert.rejects(retryOnConflict(work), conflict);
  assert.equal(calls(), 3);
});

test("another error is told at once", async () => {
  const other = frameworkError("UNAVAILABLE", "no database");
  const { work, calls } = failing(1, other);
  await assert.rejects(retryOnConflict(work), other);
  assert.equal(calls(), 1);
});
