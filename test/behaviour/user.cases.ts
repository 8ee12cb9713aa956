import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { UserRole, UserService, UserStatus } from "../../apps/cloud/src/gen/arcana/user/v1/user_pb.ts";
import type { Cases } from "./suite.ts";
import { expectData, expectError, goodPassword } from "./world.ts";

const users = UserService.method;

const unique = (): string => `u${randomUUID().slice(0, 13).replace("-", "")}`;

export const userCases: Cases = {
  "one reads oneself; others are for moderators": async ({ way, register, registerAs }) => {
    const [one, two, moderator] = [await register(), await register(), await registerAs(UserRole.MODERATOR)];
    expectData(await way.call(users.getUser, { userId: one.id }, { token: one.token }));
    const error = expectError(await way.call(users.getUser, { userId: two.id }, { token: one.token }));
    assert.equal(error.code, "FORBIDDEN");
    const data = expectData(await way.call(users.getUser, { userId: two.id }, { token: moderator.token }));
    assert.equal((data.user as { id: string }).id, two.id);
    expectData(await way.call(users.getUserByUsername, { username: two.username }, { token: moderator.token }));
    return error;
  },

  "an id that is none is a bad argument, an unknown one is not found": async ({ way, root }) => {
    const bad = expectError(await way.call(users.getUser, { userId: "not-an-id" }, { token: root.token }));
    const unknown = expectError(await way.call(users.getUser, { userId: "00000000-0000-7000-8000-000000000000" }, { token: root.token }));
    assert.deepEqual(bad.fields, ["user_id: string.uuid"]);
    assert.deepEqual([unknown.code, unknown.reason], ["NOT_FOUND", "USER_NOT_FOUND"]);
    return [bad.fields, unknown.reason];
  },

  "an owner is known by id, however it is spelled": async ({ way, register }) => {
    const one = await register();
    const data = expectData(await way.call(users.getUser, { userId: one.id.toUpperCase() }, { token: one.token }));
    assert.equal((data.user as { id: string }).id, one.id);
  },

  "listing is for admins; it pages, filters, searches and sorts": async ({ way, register, registerAs }) => {
    const admin = await registerAs(UserRole.ADMIN);
    const tag = unique();
    for (const n of [1, 2, 3]) await register({ username: `${tag}_${n}`, email: `${tag}.${n}@example.com` });
    const list = (request: object) => way.call(users.listUsers, request, { token: admin.token });
    const page = expectData(await list({ search: tag.toUpperCase(), size: 2, sort: "username:asc" }));
    assert.deepEqual(
      (page.users as { username: string }[]).map(({ username }) => username),
      [`${tag}_1`, `${tag}_2`],
    );
    assert.deepEqual([page.page, page.size, page.total_elements, page.total_pages], [0, 2, 3, 2]);
    const next = expectData(await list({ search: tag, size: 2, page: 1, sort: "username:asc" }));
    assert.deepEqual(
      (next.users as { username: string }[]).map(({ username }) => username),
      [`${tag}_3`],
    );
    const down = expectData(await list({ search: `${tag}_`, sort: "username:desc" }));
    assert.deepEqual(
      (down.users as { username: string }[]).map(({ username }) => username),
      [`${tag}_3`, `${tag}_2`, `${tag}_1`],
    );
    assert.equal(expectData(await list({ search: tag, role: UserRole.ADMIN })).total_elements, 0);
    assert.equal(expectData(await list({ search: tag, status: UserStatus.ACTIVE })).total_elements, 3);
    assert.equal(expectData(await list({ search: `${tag}%` })).total_elements, 0);
    assert.equal(expectError(await way.call(users.listUsers, {}, { token: (await register()).token })).code, "FORBIDDEN");
    return [page.total_pages, expectError(await list({ size: 101, page: -1, sort: "password" })).fields];
  },

  "an admin creates a user who is pending": async ({ way, registerAs, login }) => {
    const admin = await registerAs(UserRole.ADMIN);
    const username = unique();
    const wishes = { username, email: `${username}@example.com`, password: goodPassword };
    const user = expectData(await way.call(users.createUser, wishes, { token: admin.token })).user as Record<string, unknown>;
    assert.deepEqual([user.status, user.role, user.email_verified], ["pending_verification", "user", false]);
    await login({ username, password: goodPassword });
  },

  "a profile changes by what is there and keeps the rest": async ({ way, register }) => {
    const one = await register();
    const update = async (request: object) =>
      expectData(await way.call(users.updateUser, { userId: one.id, ...request }, { token: one.token })).user as Record<string, unknown>;
    const both = await update({ firstName: "Grace", lastName: "Hopper", avatarUrl: "https://example.com/a.png" });
    assert.deepEqual([both.first_name, both.last_name, both.avatar_url], ["Grace", "Hopper", "https://example.com/a.png"]);
    const one_ = await update({ lastName: "Murray" });
    assert.deepEqual([one_.first_name, one_.last_name, one_.avatar_url], ["Grace", "Murray", "https://example.com/a.png"]);
    assert.equal((await update({ avatarUrl: "" })).avatar_url, null);
    const bad = expectError(await way.call(users.updateUser, { userId: one.id, avatarUrl: "javascript:alert(1)" }, { token: one.token }));
    assert.equal(bad.code, "VALIDATION_ERROR");
    return bad;
  },

  "a deletion frees the name and the address and ends access": async ({ way, registerAs, register }) => {
    const admin = await registerAs(UserRole.ADMIN);
    const person = await register();
    expectData(await way.call(users.deleteUser, { userId: person.id }, { token: admin.token }));
    assert.equal(expectError(await way.call(AuthService.method.getCurrentUser, {}, { token: person.token })).code, "INVALID_TOKEN");
    assert.equal(expectError(await way.call(users.getUser, { userId: person.id }, { token: admin.token })).reason, "USER_NOT_FOUND");
    assert.equal(expectError(await way.call(users.deleteUser, { userId: person.id }, { token: admin.token })).reason, "USER_NOT_FOUND");
    assert.equal(
      expectError(await way.call(AuthService.method.login, { usernameOrEmail: person.username, password: person.password })).code,
      "INVALID_CREDENTIALS",
    );
    const again = await register({ username: person.username, email: person.email });
    assert.notEqual(again.id, person.id);
  },

  "only admins delete": async ({ way, registerAs, register }) => {
    const [moderator, person] = [await registerAs(UserRole.MODERATOR), await register()];
    const error = expectError(await way.call(users.deleteUser, { userId: person.id }, { token: moderator.token }));
    assert.equal(error.code, "FORBIDDEN");
    return error;
  },

  "nobody acts on a higher role, or hands one out": async ({ way, root, registerAs, register }) => {
    const [admin, person] = [await registerAs(UserRole.ADMIN), await register()];
    const as = { token: admin.token };
    const errors = [
      await way.call(users.updateUserRole, { userId: root.id, role: UserRole.USER }, as),
      await way.call(users.updateUserRole, { userId: person.id, role: UserRole.SUPERADMIN }, as),
      await way.call(users.updateUserRole, { userId: admin.id, role: UserRole.SUPERADMIN }, as),
      await way.call(users.updateUserStatus, { userId: root.id, status: UserStatus.SUSPENDED }, as),
      await way.call(users.deleteUser, { userId: root.id }, as),
      await way.call(users.updateUser, { userId: root.id, firstName: "Owned" }, as),
    ].map(expectError);
    assert.deepEqual(new Set(errors.map(({ reason }) => reason)), new Set(["ROLE_TOO_HIGH"]));
    assert.deepEqual(new Set(errors.map(({ code }) => code)), new Set(["FORBIDDEN"]));
    return errors.map(({ reason }) => reason);
  },

  "a role that is none is refused": async ({ way, root, register }) => {
    const person = await register();
    const error = expectError(
      await way.call(users.updateUserRole, { userId: person.id, role: UserRole.UNSPECIFIED }, { token: root.token }),
    );
    assert.deepEqual(error.fields, ["role: enum.not_in"]);
    return error;
  },

  "a status moves only where the table allows it": async ({ way, root, register }) => {
    const person = await register();
    const set = (status: UserStatus) => way.call(users.updateUserStatus, { userId: person.id, status }, { token: root.token });
    const back = expectError(await set(UserStatus.PENDING_VERIFICATION));
    assert.deepEqual([back.code, back.reason], ["CONFLICT", "INVALID_STATUS_TRANSITION"]);
    const deleted = expectError(await set(UserStatus.DELETED));
    assert.deepEqual(deleted.fields, ["status: enum.not_in"]);
    return [back.reason, deleted];
  },

  "whether a name is taken is told to those logged in, an address to admins": async ({ way, register, registerAs }) => {
    const [one, admin] = [await register(), await registerAs(UserRole.ADMIN)];
    assert.equal(
      expectData(await way.call(users.usernameExists, { username: one.username.toUpperCase() }, { token: one.token })).exists,
      true,
    );
    assert.equal(expectData(await way.call(users.usernameExists, { username: unique() }, { token: one.token })).exists, false);
    assert.equal(expectData(await way.call(users.emailExists, { email: one.email }, { token: admin.token })).exists, true);
    assert.equal(expectError(await way.call(users.emailExists, { email: one.email }, { token: one.token })).code, "FORBIDDEN");
  },

  "nobody changes the password of another": async ({ way, root, register }) => {
    const person = await register();
    const request = { userId: person.id, currentPassword: person.password, newPassword: "another good one" };
    assert.equal(expectError(await way.call(users.changePassword, request, { token: root.token })).code, "FORBIDDEN");
  },
};
