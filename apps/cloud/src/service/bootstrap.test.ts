import assert from "node:assert/strict";
import { test } from "node:test";
import { noCircumstances } from "./circumstances.ts";
import { createWorld, password, reasonOf } from "./testing/world.ts";

const admin = { email: "root@example.com", password, name: "The Root" };

test("the first start makes an active superadmin, audited as nobody's act", async () => {
  const world = createWorld();
  const user = await world.bootstrap.ensureAdmin(admin);
  assert.deepEqual(
    [user?.username, user?.role, user?.status, user?.emailVerified, user?.firstName],
    ["root", "superadmin", "active", true, "The"],
  );
  assert.deepEqual(
    world.store.audit.map(({ action, userId, resourceId }) => [action, userId, resourceId]),
    [["user.bootstrapped", undefined, user?.id]],
  );
  assert.deepEqual(
    world.events().map(({ type }) => type),
    ["user.created"],
  );
});

test("later starts change nothing, whatever the configuration says by then", async () => {
  const world = createWorld();
  await world.bootstrap.ensureAdmin(admin);
  assert.equal(await world.bootstrap.ensureAdmin({ email: "other@example.com", password: "bad" }), undefined);
  assert.equal(world.store.accounts.size, 1);
});

test("a superadmin who is not active does not count", async () => {
  const world = createWorld();
  await world.add({ role: "superadmin", status: "suspended" });
  assert.equal((await world.bootstrap.ensureAdmin(admin))?.role, "superadmin");
});

test("workers that start together make one between them", async () => {
  const world = createWorld();
  const made = await Promise.all([1, 2, 3].map(() => world.bootstrap.ensureAdmin(admin)));
  assert.equal(made.filter((user) => user !== undefined).length, 1);
  assert.equal(world.store.accounts.size, 1);
});

test("an ordinary user who has the address is not made superadmin, and the start is told", async () => {
  const world = createWorld();
  const { user } = await world.auth.register({ email: admin.email, password }, noCircumstances);
  assert.equal(await reasonOf(world.bootstrap.ensureAdmin(admin)), "EMAIL_TAKEN");
  assert.equal((await world.users.find(user.id))?.role, "user");
});

test("the rules for passwords and names hold for the configuration and the command too", async () => {
  const world = createWorld();
  assert.equal(await reasonOf(world.bootstrap.ensureAdmin({ ...admin, password: "password" })), "WEAK_PASSWORD");
  assert.equal(await reasonOf(world.bootstrap.createAdmin({ ...admin, password: "short" })), "VALIDATION_ERROR");
  assert.equal(await reasonOf(world.bootstrap.createAdmin({ ...admin, email: "root" })), "VALIDATION_ERROR");
});

test("the command makes further superadmins", async () => {
  const world = createWorld();
  await world.bootstrap.createAdmin(admin);
  const second = await world.bootstrap.createAdmin({ username: "root2", email: "root2@example.com", password });
  assert.deepEqual([second.username, second.role], ["root2", "superadmin"]);
  assert.equal(await reasonOf(world.bootstrap.createAdmin({ ...admin, username: "root3" })), "EMAIL_TAKEN");
});
