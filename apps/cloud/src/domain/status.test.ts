import assert from "node:assert/strict";
import { test } from "node:test";
import { exclusionOf, mayBecome, requireAdmitted } from "./status.ts";
import { sampleUser } from "./testing/samples.ts";
import { statuses } from "./user.ts";

test("every pair of statuses is a transition or is none", () => {
  const table = {
    pending_verification: "- yes yes yes no",
    active: "no - yes yes no",
    suspended: "no yes - yes no",
    locked: "no yes yes - no",
    deleted: "no no no no -",
  };
  for (const from of statuses) {
    const row = table[from].split(" ");
    for (const [column, to] of statuses.entries()) assert.equal(mayBecome(from, to), row[column] === "yes", `${from} to ${to}`);
  }
});

test("the suspended, the locked and the deleted are kept out, all others are let in", () => {
  const expected = { pending_verification: undefined, active: undefined, suspended: "suspended", locked: "locked", deleted: "deleted" };
  for (const status of statuses) assert.equal(exclusionOf(status), expected[status], status);
});

test("who is kept out is told why, except the deleted", () => {
  assert.throws(() => requireAdmitted(sampleUser({ status: "suspended" })), { reason: "ACCOUNT_SUSPENDED" });
  assert.throws(() => requireAdmitted(sampleUser({ status: "locked" })), { reason: "ACCOUNT_LOCKED" });
  assert.throws(() => requireAdmitted(sampleUser({ status: "deleted" })), { reason: "INVALID_CREDENTIALS" });
  assert.doesNotThrow(() => requireAdmitted(sampleUser({ status: "pending_verification" })));
  assert.doesNotThrow(() => requireAdmitted(sampleUser({ status: "active" })));
});
