import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewUser } from "./new-user.ts";
import { createUser } from "./new-user.ts";
import { sampleTime, sampleUser } from "./testing/samples.ts";

const { id, username, email } = sampleUser();
const values: NewUser = { id, username, email, firstName: "Ann", lastName: undefined };

test("who registers is an active user whose address is not verified", () => {
  const { after } = createUser(values, "registration", sampleTime);
  assert.deepEqual([after.role, after.status, after.emailVerified], ["user", "active", false]);
});

test("whom an administrator creates is pending verification", () => {
  const { after } = createUser(values, "administration", sampleTime);
  assert.deepEqual([after.role, after.status, after.emailVerified], ["user", "pending_verification", false]);
});

test("the bootstrap makes an active superadmin", () => {
  const { after } = createUser(values, "bootstrap", sampleTime);
  assert.deepEqual([after.role, after.status, after.emailVerified], ["superadmin", "active", true]);
});

test("nobody brings more along than their names: a role among the values has no effect", () => {
  const wished = { ...values, role: "superadmin", status: "active", emailVerified: true };
  const { after } = createUser(wished, "administration", sampleTime);
  assert.deepEqual([after.role, after.status, after.emailVerified], ["user", "pending_verification", false]);
});

test("who registers is in; whom others create has never logged in", () => {
  assert.equal(createUser(values, "registration", sampleTime).after.lastLoginAt, sampleTime);
  for (const origin of ["administration", "bootstrap"] as const)
    assert.equal(createUser(values, origin, sampleTime).after.lastLoginAt, undefined);
});

test("a new user is announced, has no former state and no sessions to end", () => {
  const change = createUser(values, "registration", sampleTime);
  assert.equal(change.before, undefined);
  assert.deepEqual(change.endSessions, { which: "none" });
  assert.deepEqual(change.events, [{ type: "user.created", aggregateId: id, payload: { user_id: id, username, email } }]);
  assert.deepEqual([change.after.createdAt, change.after.updatedAt, change.after.lastLoginAt], [sampleTime, sampleTime, sampleTime]);
});
