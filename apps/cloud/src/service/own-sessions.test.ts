import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSessionId } from "../domain/id.ts";
import type { User } from "../domain/user.ts";
import type { World } from "./testing/world.ts";
import { by, createWorld, from, reasonOf } from "./testing/world.ts";

async function sessionAt(world: World, user: User) {
  world.clock.turn(1000);
  const { accessToken } = await world.login(user);
  return parseSessionId((await world.tokens.verify(accessToken)).sessionId);
}

test("one's own sessions are listed, the newest first", async () => {
  const world = createWorld();
  const [user, other] = [await world.add(), await world.add()];
  const [first, second] = [await sessionAt(world, user), await sessionAt(world, user)];
  await sessionAt(world, other);
  const listed = await world.auth.sessions.list(by(user, first));
  assert.deepEqual(
    listed.map(({ id }) => id),
    [second, first],
  );
});

test("a logout ends the session of the call and no other", async () => {
  const world = createWorld();
  const user = await world.add();
  const [here, there] = [await sessionAt(world, user), await sessionAt(world, user)];
  world.forget();
  await world.auth.sessions.logout("this", by(user, here));
  assert.deepEqual(
    (await world.auth.sessions.list(by(user, there))).map(({ id }) => id),
    [there],
  );
  assert.deepEqual(world.events(), [{ type: "auth.logout", aggregateId: user.id, payload: { user_id: user.id, session_id: here } }]);
  assert.deepEqual(
    world.store.audit.map(({ action, userId, resourceType, resourceId }) => [action, userId, resourceType, resourceId]),
    [["auth.logout", user.id, "session", here]],
  );
});

test("a logout of all ends each of one's sessions and nobody else's", async () => {
  const world = createWorld();
  const [user, other] = [await world.add(), await world.add()];
  const [here, there, theirs] = [await sessionAt(world, user), await sessionAt(world, user), await sessionAt(world, other)];
  world.forget();
  await world.auth.sessions.logout("all", by(user, here));
  assert.deepEqual(await world.auth.sessions.list(by(user)), []);
  assert.equal((await world.auth.sessions.list(by(other)))[0]?.id, theirs);
  assert.deepEqual(new Set(world.events().map(({ payload }) => payload.session_id)), new Set([here, there]));
  assert.deepEqual(
    world.store.audit.map(({ action, resourceType, resourceId, details }) => [action, resourceType, resourceId, details]),
    [["auth.logout", "user", user.id, { sessions: 2 }]],
  );
});

test("one ends one's own session by its id, once", async () => {
  const world = createWorld();
  const user = await world.add();
  const [here, there] = [await sessionAt(world, user), await sessionAt(world, user)];
  world.forget();
  await world.auth.sessions.revoke(there, by(user, here));
  assert.deepEqual(
    (await world.auth.sessions.list(by(user))).map(({ id }) => id),
    [here],
  );
  assert.deepEqual(world.audited(), ["auth.session_revoked"]);
  assert.equal(await reasonOf(world.auth.sessions.revoke(there, by(user, here))), "SESSION_NOT_FOUND");
});

test("the session of another is not found, and stays", async () => {
  const world = createWorld();
  const [user, superadmin] = [await world.add(), await world.add({ role: "superadmin" })];
  const theirs = await sessionAt(world, user);
  assert.equal(await reasonOf(world.auth.sessions.revoke(theirs, by(superadmin))), "SESSION_NOT_FOUND");
  assert.equal((await world.auth.sessions.list(by(user))).length, 1);
});

test("nobody has no sessions", async () => {
  const { auth } = createWorld();
  const nobody = from("192.0.2.1");
  const id = parseSessionId("0192d3a0-7c1e-7b3a-8f00-0000000000ff");
  assert.equal(await reasonOf(auth.sessions.list(nobody)), "UNAUTHORIZED");
  assert.equal(await reasonOf(auth.sessions.logout("this", nobody)), "UNAUTHORIZED");
  assert.equal(await reasonOf(auth.sessions.logout("all", nobody)), "UNAUTHORIZED");
  assert.equal(await reasonOf(auth.sessions.revoke(id, nobody)), "UNAUTHORIZED");
});
