import assert from "node:assert/strict";
import { test } from "node:test";
import { frameworkError } from "@arcana/framework/error";
import { parseUserId } from "../domain/id.ts";
import { sampleId } from "../domain/testing/samples.ts";
import type { UserQuery, UserWrite } from "./ports.ts";
import { by, createWorld, from, reasonOf } from "./testing/world.ts";

const here = from("192.0.2.1");
const nobody = parseUserId(sampleId(0xdead));
const all: UserQuery = {
  page: 0,
  size: 20,
  role: undefined,
  status: undefined,
  search: undefined,
  sort: { by: "created_at", direction: "desc" },
};

test("a user is found by id and by name, and not found is an error", async () => {
  const world = createWorld();
  const user = await world.add();
  assert.deepEqual(await world.admin.get(user.id, here), user);
  assert.deepEqual(await world.admin.getByUsername(user.username, here), user);
  assert.equal(await reasonOf(world.admin.get(nobody, here)), "USER_NOT_FOUND");
  assert.equal(await reasonOf(world.admin.getByUsername(undefined, here)), "USER_NOT_FOUND");
});

test("users are listed as the repository has them", async () => {
  const world = createWorld();
  const users = [await world.add(), await world.add()];
  const { users: listed, totalElements } = await world.admin.list({ ...all, size: 1 }, here);
  assert.equal(totalElements, 2);
  assert.deepEqual([listed.length, users.some(({ id }) => id === listed[0]?.id)], [1, true]);
});

test("whether a name or an address is in use is told whatever its case", async () => {
  const world = createWorld();
  const user = await world.add();
  const upper = { name: user.username.toUpperCase() as typeof user.username, mail: user.email.toUpperCase() as typeof user.email };
  assert.equal(await world.admin.usernameExists(upper.name, here), true);
  assert.equal(await world.admin.emailExists(upper.mail, here), true);
  assert.equal(await world.admin.usernameExists(undefined, here), false);
  assert.equal(await world.admin.emailExists(undefined, here), false);
  await world.admin.remove(user.id, by(await world.add({ role: "admin" })));
  assert.equal(await world.admin.usernameExists(user.username, here), false);
  assert.equal(await world.admin.emailExists(user.email, here), false);
});

test("a change of role is stored, ends the sessions in the same write, is announced and audited", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  await world.login(user);
  world.forget();
  const changed = await world.admin.changeRole(user.id, "moderator", by(admin));
  assert.equal(changed.role, "moderator");
  assert.deepEqual(await world.users.find(user.id), { ...changed, lastLoginAt: world.clock.now() });
  assert.deepEqual(await world.sessions.list(user.id, world.clock.now()), []);
  const payload = { user_id: user.id, old_role: "user", new_role: "moderator", changed_by: admin.id };
  assert.deepEqual(world.events(), [{ type: "user.role_changed", aggregateId: user.id, payload }]);
  const [entry, ...others] = world.store.audit;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [entry?.action, entry?.userId, entry?.resourceId, entry?.details],
    ["user.role_changed", admin.id, user.id, { old_role: "user", new_role: "moderator", changed_by: admin.id }],
  );
});

test("suspending ends the sessions, with the reason in the audit log; activating lets in again", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  await world.login(user);
  world.forget();
  await world.admin.changeStatus(user.id, { status: "suspended", reason: "spam" }, by(admin));
  assert.deepEqual(await world.sessions.list(user.id, world.clock.now()), []);
  assert.equal(world.store.audit[0]?.details.reason, "spam");
  await world.admin.changeStatus(user.id, { status: "active", reason: undefined }, by(admin));
  assert.equal((await world.login(user)).user.status, "active");
});

test("a deleted user is found nowhere, and the sessions end", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  await world.login(user);
  await world.admin.remove(user.id, by(admin));
  assert.equal(await reasonOf(world.admin.get(user.id, here)), "USER_NOT_FOUND");
  assert.deepEqual(await world.sessions.list(user.id, world.clock.now()), []);
  assert.equal(await reasonOf(world.admin.remove(user.id, by(admin))), "USER_NOT_FOUND");
  assert.deepEqual(world.audited().slice(-1), ["user.deleted"]);
});

test("a profile is changed by its owner and by an admin", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  assert.equal((await world.admin.changeProfile(user.id, { firstName: "Ann" }, by(user))).firstName, "Ann");
  const changed = await world.admin.changeProfile(user.id, { lastName: "Lee" }, by(admin));
  assert.deepEqual([changed.firstName, changed.lastName], ["Ann", "Lee"]);
  assert.deepEqual(await world.users.find(user.id), changed);
});

test("a change that changes nothing writes nothing", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  await world.login(user);
  world.forget();
  await world.admin.changeRole(user.id, user.role, by(admin));
  await world.admin.changeStatus(user.id, { status: user.status, reason: undefined }, by(admin));
  await world.admin.changeProfile(user.id, {}, by(user));
  assert.deepEqual([world.events(), world.audited()], [[], []]);
  assert.equal((await world.sessions.list(user.id, world.clock.now())).length, 1);
});

test("what the rules forbid is audited as refused, and nothing is announced", async () => {
  const world = createWorld();
  const [admin, superadmin] = [await world.add({ role: "admin" }), await world.add({ role: "superadmin" })];
  const own = by(superadmin);
  const refused = [
    [world.admin.changeRole(superadmin.id, "user", by(admin)), "ROLE_TOO_HIGH"],
    [world.admin.changeRole(admin.id, "superadmin", by(admin)), "ROLE_TOO_HIGH"],
    [world.admin.changeProfile(superadmin.id, { firstName: "Owned" }, by(admin)), "ROLE_TOO_HIGH"],
    [world.admin.changeStatus(admin.id, { status: "pending_verification", reason: undefined }, own), "INVALID_STATUS_TRANSITION"],
    [world.admin.changeRole(superadmin.id, "admin", own), "LAST_SUPERADMIN"],
    [world.admin.changeStatus(superadmin.id, { status: "locked", reason: undefined }, own), "LAST_SUPERADMIN"],
    [world.admin.remove(superadmin.id, own), "LAST_SUPERADMIN"],
  ] as const;
  for (const [work, reason] of refused) assert.equal(await reasonOf(work), reason);
  assert.deepEqual(world.events(), []);
  assert.deepEqual(world.audited().sort(), [
    "user.deleted!LAST_SUPERADMIN",
    "user.role_changed!LAST_SUPERADMIN",
    "user.role_changed!ROLE_TOO_HIGH",
    "user.role_changed!ROLE_TOO_HIGH",
    "user.status_changed!INVALID_STATUS_TRANSITION",
    "user.status_changed!LAST_SUPERADMIN",
    "user.updated!ROLE_TOO_HIGH",
  ]);
});

test("of two superadmins who remove each other at once one stays", async () => {
  const world = createWorld();
  const [one, other] = [await world.add({ role: "superadmin" }), await world.add({ role: "superadmin" })];
  const outcomes = await Promise.all([reasonOf(world.admin.remove(one.id, by(other))), reasonOf(world.admin.remove(other.id, by(one)))]);
  assert.deepEqual(outcomes.sort(), ["LAST_SUPERADMIN", "none"]);
});

test("two changes at once both take effect", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  await Promise.all([
    world.admin.changeProfile(user.id, { firstName: "Ann" }, by(user)),
    world.admin.changeRole(user.id, "moderator", by(admin)),
    world.admin.changeProfile(user.id, { lastName: "Lee" }, by(user)),
  ]);
  const stored = await world.users.find(user.id);
  assert.deepEqual([stored?.firstName, stored?.lastName, stored?.role], ["Ann", "Lee", "moderator"]);
});

test("where others always come first the conflict is told, and not audited as a refusal", async () => {
  const writes: UserWrite[] = [];
  const world = createWorld((deps) => ({
    ...deps,
    users: {
      ...deps.users,
      async save(write) {
        writes.push(write);
        throw frameworkError("CONFLICT", "changed meanwhile");
      },
    },
  }));
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  assert.equal(await reasonOf(world.admin.changeRole(user.id, "moderator", by(admin))), "CONFLICT");
  assert.deepEqual([writes.length, world.audited()], [3, []]);
});

test("nobody changes anything without being logged in, and nobody is changed who does not exist", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  assert.equal(await reasonOf(world.admin.changeRole(user.id, "moderator", here)), "UNAUTHORIZED");
  assert.equal(await reasonOf(world.admin.changeRole(nobody, "moderator", by(admin))), "USER_NOT_FOUND");
});

test("the caller is told who they are, unless they were deleted meanwhile", async () => {
  const world = createWorld();
  const user = await world.add();
  assert.deepEqual(await world.auth.currentUser(by(user)), user);
  assert.equal(await reasonOf(world.auth.currentUser(here)), "UNAUTHORIZED");
  await world.admin.remove(user.id, by(await world.add({ role: "admin" })));
  assert.equal(await reasonOf(world.auth.currentUser(by(user))), "INVALID_TOKEN");
});
