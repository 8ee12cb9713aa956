import assert from "node:assert/strict";
import { test } from "node:test";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { AuthService } from "../gen/arcana/auth/v1/auth_pb.ts";
import { UserRole, UserStatus } from "../gen/arcana/user/v1/user_pb.ts";
import { createWorld, password, reasonOf } from "../service/testing/world.ts";
import { createClient } from "./testing/client.ts";

const { method } = AuthService;

async function loggedIn() {
  const world = createWorld();
  const call = createClient(world);
  const user = await world.add();
  const answer = await call(method.login, { usernameOrEmail: user.username, password, deviceId: "phone" });
  return { world, call, user, answer, caller: await world.tokens.verify(answer.accessToken) };
}

test("a registration in either form answers with tokens and the user", async () => {
  const world = createWorld();
  const call = createClient(world);
  const long = { username: "ann", email: "ann@example.com", password, firstName: "Ann", lastName: "Lee" };
  const short = { email: "user@example.com", password: "secure123", name: "Test User" };
  const [one, other] = [await call(method.register, long), await call(method.register, short)];
  assert.deepEqual([one.tokenType, one.expiresIn, one.user?.username, one.user?.lastName], ["Bearer", 3600, "ann", "Lee"]);
  assert.deepEqual([one.user?.role, one.user?.status, one.user?.emailVerified], [UserRole.USER, UserStatus.ACTIVE, false]);
  assert.deepEqual([other.user?.username, other.user?.firstName, other.user?.lastName], ["user", "Test", "User"]);
  assert.equal((await call(method.refreshToken, { refreshToken: one.refreshToken })).user?.id, one.user?.id);
});

test("a login takes `username_or_email`, or else `email`", async () => {
  const { call, user } = await loggedIn();
  for (const login of [
    { usernameOrEmail: user.email },
    { email: user.email },
    { usernameOrEmail: user.username, email: "other@example.com" },
  ])
    assert.equal((await call(method.login, { ...login, password })).user?.id, user.id);
});

test("the caller is told who they are", async () => {
  const { call, user, caller } = await loggedIn();
  const answer = await call(method.getCurrentUser, {}, caller);
  assert.deepEqual([answer.user?.id, answer.user?.email], [user.id, user.email]);
  assert.equal(await reasonOf(call(method.getCurrentUser, {})), "UNAUTHORIZED");
});

test("sessions are told with their circumstances, and which is the caller's own", async () => {
  const { world, call, user, caller } = await loggedIn();
  world.clock.turn(1000);
  await call(method.login, { usernameOrEmail: user.username, password });
  const { sessions } = await call(method.listSessions, {}, caller);
  assert.deepEqual(
    sessions.map(({ current, deviceId, ipAddress, userAgent }) => [current, deviceId, ipAddress, userAgent]),
    [
      [false, undefined, "192.0.2.1", "tests"],
      [true, "phone", "192.0.2.1", "tests"],
    ],
  );
  assert.equal(sessions[1]?.id, caller.sessionId);
  assert.ok(sessions[1]?.createdAt && sessions[1].expiresAt && timestampMs(sessions[1].createdAt) < timestampMs(sessions[1].expiresAt));
  await call(method.revokeSession, { sessionId: sessions[0]?.id ?? "" }, caller);
  assert.equal((await call(method.listSessions, {}, caller)).sessions.length, 1);
});

test("a logout ends this session, or all", async () => {
  const { world, call, user, caller } = await loggedIn();
  await call(method.login, { usernameOrEmail: user.username, password });
  assert.equal((await call(method.logout, {}, caller)).message, "logged out");
  assert.equal((await world.sessions.list(user.id, world.clock.now())).length, 1);
  assert.equal((await call(method.logout, { allSessions: true }, caller)).message, "logged out everywhere");
  assert.equal((await world.sessions.list(user.id, world.clock.now())).length, 0);
});

test("whether a token is good is told with whose it is, or why not", async () => {
  const { call, user, answer, caller } = await loggedIn();
  const good = await call(method.validateToken, { accessToken: answer.accessToken });
  assert.deepEqual([good.valid, good.userId, good.sessionId, good.role], [true, user.id, caller.sessionId, UserRole.USER]);
  assert.equal(good.expiresAt && timestampMs(good.expiresAt), caller.expiresAtMs);
  const bad = await call(method.validateToken, { accessToken: "a.b.c" });
  assert.deepEqual([bad.valid, bad.reason, bad.userId, bad.expiresAt], [false, "INVALID_TOKEN", undefined, undefined]);
});

test("a session id that is no UUID is refused", async () => {
  const { call, caller } = await loggedIn();
  assert.equal(await reasonOf(call(method.revokeSession, { sessionId: "1" }, caller)), "INVALID_ARGUMENT");
});
