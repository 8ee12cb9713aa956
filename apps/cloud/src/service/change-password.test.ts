import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSessionId } from "../domain/id.ts";
import type { User } from "../domain/user.ts";
import { hashOf } from "./testing/fakes.ts";
import type { World } from "./testing/world.ts";
import { by, createWorld, freeFailures, password, reasonOf } from "./testing/world.ts";

const change = { current: password, next: "battery staple" };

async function sessionOf(world: World, user: User) {
  const { accessToken } = await world.login(user);
  return parseSessionId((await world.tokens.verify(accessToken)).sessionId);
}

test("the new password is good, the old one is not", async () => {
  const world = createWorld();
  const user = await world.add();
  await world.admin.changePassword(user.id, change, by(user));
  assert.equal(await reasonOf(world.login(user)), "INVALID_CREDENTIALS");
  const login = { login: user.username, password: change.next, deviceId: undefined };
  assert.equal((await world.auth.login(login, by(user))).user.id, user.id);
});

test("the session of the change lives on, the others end", async () => {
  const world = createWorld();
  const user = await world.add();
  const [here] = [await sessionOf(world, user), await sessionOf(world, user)];
  await world.admin.changePassword(user.id, change, by(user, here));
  assert.deepEqual(
    (await world.sessions.list(user.id, world.clock.now())).map(({ id }) => id),
    [here],
  );
});

test("a change is announced and audited", async () => {
  const world = createWorld();
  const user = await world.add();
  await world.admin.changePassword(user.id, change, by(user));
  assert.deepEqual(world.events(), [
    { type: "auth.password_changed", aggregateId: user.id, payload: { user_id: user.id, changed_by: user.id } },
  ]);
  assert.deepEqual(world.audited(), ["auth.password_changed"]);
  assert.ok(!JSON.stringify(world.store.audit).includes(change.next));
});

test("a wrong current password is refused and audited, and nothing changes", async () => {
  const world = createWorld();
  const user = await world.add();
  assert.equal(await reasonOf(world.admin.changePassword(user.id, { ...change, current: "wrong" }, by(user))), "INVALID_CREDENTIALS");
  assert.deepEqual(world.audited(), ["auth.password_changed!wrong_password"]);
  assert.equal((await world.users.findAccount({ id: user.id }))?.passwordHash, hashOf(password));
});

test("guessing the current password is throttled like a login", async () => {
  const world = createWorld();
  const user = await world.add();
  for (let failure = 0; failure <= freeFailures.account; failure++)
    await reasonOf(world.admin.changePassword(user.id, { ...change, current: `guess ${failure}` }, by(user)));
  world.passwords.calls.length = 0;
  assert.equal(await reasonOf(world.admin.changePassword(user.id, change, by(user))), "RATE_LIMIT_EXCEEDED");
  assert.deepEqual(world.passwords.calls, []);
});

test("nobody changes the password of another, whatever their role", async () => {
  const world = createWorld();
  const [user, superadmin] = [await world.add(), await world.add({ role: "superadmin" })];
  assert.equal(await reasonOf(world.admin.changePassword(user.id, change, by(superadmin))), "FORBIDDEN");
  assert.deepEqual(world.passwords.calls, []);
});

test("a new password that is weak or too short is refused by the field's name", async () => {
  const world = createWorld();
  const user = await world.add();
  for (const [next, reason] of [
    ["password", "WEAK_PASSWORD"],
    [user.email, "WEAK_PASSWORD"],
    ["short", "VALIDATION_ERROR"],
  ] as const)
    await assert.rejects(
      world.admin.changePassword(user.id, { ...change, next }, by(user)),
      (error: { reason: string; violations: { field: string }[] }) => {
        assert.deepEqual([error.reason, error.violations[0]?.field], [reason, "new_password"]);
        return true;
      },
    );
});

test("a change of profile in between does not undo the change of password, nor is it undone", async () => {
  const world = createWorld();
  const user = await world.add();
  world.passwords.meanwhile = async () => {
    world.passwords.meanwhile = async () => undefined;
    await world.admin.changeProfile(user.id, { firstName: "Eve" }, by(user));
  };
  await world.admin.changePassword(user.id, change, by(user));
  const account = await world.users.findAccount({ id: user.id });
  assert.deepEqual([account?.user.firstName, account?.passwordHash], ["Eve", hashOf(change.next)]);
});

test("who was deleted meanwhile is not found", async () => {
  const world = createWorld();
  const user = await world.add();
  await world.admin.remove(user.id, by(await world.add({ role: "admin" })));
  assert.equal(await reasonOf(world.admin.changePassword(user.id, change, by(user))), "USER_NOT_FOUND");
});
