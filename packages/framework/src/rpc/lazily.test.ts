import assert from "node:assert/strict";
import { test } from "node:test";
import { lazily } from "./lazily.ts";

test("nothing is loaded before it is asked for, and once whoever asks", async () => {
  let loads = 0;
  const lazy = lazily(async () => ++loads);
  assert.equal(lazy.loaded, undefined);
  assert.equal(loads, 0);
  assert.deepEqual(await Promise.all([lazy.load(), lazy.load()]), [1, 1]);
  assert.equal(lazy.loaded, 1);
  assert.equal(await lazy.load(), 1);
});
