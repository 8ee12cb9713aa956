import assert from "node:assert/strict";
import { test } from "node:test";
import type { User } from "../domain/user.ts";
import { UserRole, UserService, UserStatus } from "../gen/arcana/user/v1/user_pb.ts";
import { createWorld, password, reasonOf } from "../service/testing/world.ts";
import { createClient } from "./testing/client.ts";

const { method } = UserService;

async function administered() {
  const world = createWorld();
  const [admin, user] = [await world.add({ role: "superadmin" }), await world.add()];
  const as = async ({ username }: User) =>
    world.tokens.verify((await world.auth.login({ login: username, password, deviceId: undefined }, { ...anywhere })).accessToken);
  return { world, call: createClient(world), admin: await as(admin), user, own: await as(user) };
}

const anywhere = {
  actor: undefined,
  sessionId: undefined,
  ipAddress: "192.0.2.1",
  userAgent: undefined,
  requestId: undefined,
  signal: undefined,
};

test("a user is found by id, whatever its case, and by name", async () => {
  const { call, user, admin } = await administered();
  assert.equal((await call(method.getUser, { userId: user.id.toUpperCase() }, admin)).user?.id, user.id);
  assert.equal((await call(method.getUserByUsername, { username: user.username }, admin)).user?.id, user.id);
  assert.equal(await reasonOf(call(method.getUserByUsername, { username: "no one" }, admin)), "USER_NOT_FOUND");
  assert.equal(await reasonOf(call(method.getUser, { userId: "7" }, admin)), "INVALID_ARGUMENT");
});

test("a list tells its page and how many there are in all", async () => {
  const { world, call, admin } = await administered();
  for (let count = 0; count < 3; count++) await world.add();
  const answer = await call(method.listUsers, { page: 1, size: 2, sort: "username:asc" }, admin);
  assert.deepEqual([answer.users.length, answer.page, answer.size, answer.totalElements, answer.totalPages], [2, 1, 2, 5, 3]);
  const none = await call(method.listUsers, { search: "nobody at all" }, admin);
  assert.deepEqual([none.users, none.page, none.size, none.totalElements, none.totalPages], [[], 0, 20, 0, 0]);
});

test("a created user is pending verification", async () => {
  const { call, admin } = await administered();
  const { user } = await call(method.createUser, { email: "new@example.com", password, name: "New Comer" }, admin);
  assert.deepEqual(
    [user?.username, user?.lastName, user?.status, user?.role],
    ["new", "Comer", UserStatus.PENDING_VERIFICATION, UserRole.USER],
  );
});

test("what is unset in an update stays, what is empty is removed", async () => {
  const { call, user, own } = await administered();
  const set = await call(method.updateUser, { userId: user.id, avatarUrl: "https://img.example/a" }, own);
  assert.deepEqual([set.user?.firstName, set.user?.avatarUrl], [user.firstName, "https://img.example/a"]);
  const unset = await call(method.updateUser, { userId: user.id, avatarUrl: "", lastName: "" }, own);
  assert.deepEqual([unset.user?.firstName, unset.user?.lastName, unset.user?.avatarUrl], [user.firstName, undefined, undefined]);
});

test("role and status are changed to what the message says", async () => {
  const { world, call, user, admin } = await administered();
  assert.equal((await call(method.updateUserRole, { userId: user.id, role: UserRole.MODERATOR }, admin)).user?.role, UserRole.MODERATOR);
  const suspension = { userId: user.id, status: UserStatus.SUSPENDED, reason: "spam" };
  assert.equal((await call(method.updateUserStatus, suspension, admin)).user?.status, UserStatus.SUSPENDED);
  assert.equal(world.store.audit.at(-1)?.details.reason, "spam");
  assert.equal(await reasonOf(call(method.updateUserRole, { userId: user.id, role: UserRole.UNSPECIFIED }, admin)), "INVALID_ARGUMENT");
});

test("a deletion answers with nothing, and the user is gone", async () => {
  const { call, user, admin } = await administered();
  const answer = await call(method.deleteUser, { userId: user.id }, admin);
  assert.deepEqual(answer, { $typeName: "google.protobuf.Empty" });
  assert.equal(await reasonOf(call(method.getUser, { userId: user.id }, admin)), "USER_NOT_FOUND");
});

test("the password is changed from the current one to the new one, in the caller's session", async () => {
  const { world, call, user, own } = await administered();
  await world.login(user);
  await call(method.changePassword, { userId: user.id, currentPassword: password, newPassword: "battery staple" }, own);
  assert.deepEqual(
    (await world.sessions.list(user.id, world.clock.now())).map(({ id }) => id),
    [own.sessionId],
  );
});

test("whether a name or an address is in use is told, also of what can be nobody's", async () => {
  const { call, user, admin } = await administered();
  const name = async (username: string) => (await call(method.usernameExists, { username }, admin)).exists;
  const mail = async (email: string) => (await call(method.emailExists, { email }, admin)).exists;
  assert.deepEqual([await name(user.username.toUpperCase()), await name("nobody"), await name("@")], [true, false, false]);
  assert.deepEqual([await mail(user.email.toUpperCase()), await mail("nobody@example.com"), await mail("@")], [true, false, false]);
});
