import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { UserRole, UserService, UserStatus } from "../../apps/cloud/src/gen/arcana/user/v1/user_pb.ts";
import type { Cases } from "./suite.ts";
import { expectData, expectError, goodPassword } from "./world.ts";

const auth = AuthService.method;

const unique = (): string => `u${randomUUID().slice(0, 13).replace("-", "")}`;

export const authCases: Cases = {
  "registration answers with tokens and an active user": async ({ way }) => {
    const username = unique();
    const data = expectData(
      await way.call(auth.register, { username, email: `${username}@Example.COM`, password: goodPassword, firstName: "Ada" }),
    );
    const user = data.user as Record<string, unknown>;
    assert.equal(data.token_type, "Bearer");
    assert.equal(data.expires_in, 3600);
    assert.equal(user.email, `${username}@example.com`);
    assert.equal(user.first_name, "Ada");
    assert.equal(user.last_name, null);
    assert.equal(user.role, "user");
    assert.equal(user.status, "active");
    assert.equal(user.email_verified, false);
    return Object.keys(data).sort();
  },

  "the short registration derives a username and splits the name": async ({ way }) => {
    const local = unique();
    const first = expectData(
      await way.call(auth.register, { email: `${local}@example.com`, password: "secure123", name: "Test User" }),
    ).user;
    const second = expectData(await way.call(auth.register, { email: `${local}@example.org`, password: "secure123", name: "Cher" })).user;
    const [one, two] = [first, second] as Record<string, unknown>[];
    assert.equal(one?.username, local);
    assert.notEqual(two?.username, local);
    assert.deepEqual([one?.first_name, one?.last_name, two?.first_name, two?.last_name], ["Test", "User", "Cher", null]);
  },

  "a username or an address is taken whatever its case": async ({ way, register }) => {
    const someone = await register();
    const again = { username: unique(), email: `${unique()}@example.com`, password: goodPassword };
    const name = expectError(await way.call(auth.register, { ...again, username: someone.username.toUpperCase() }));
    const mail = expectError(await way.call(auth.register, { ...again, email: someone.email.toUpperCase() }));
    assert.deepEqual([name.code, name.reason], ["CONFLICT", "USERNAME_TAKEN"]);
    assert.deepEqual([mail.code, mail.reason], ["CONFLICT", "EMAIL_TAKEN"]);
    return [name.reason, mail.reason];
  },

  "every wrong field of a registration is named at once": async ({ way }) => {
    const error = expectError(await way.call(auth.register, { username: "1", email: "nonsense", password: "short" }));
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.deepEqual(new Set(error.fields.map((field) => field.split(":")[0])), new Set(["username", "email", "password"]));
    return error;
  },

  "a password that everybody guesses is refused": async ({ way }) => {
    const error = expectError(
      await way.call(auth.register, { username: unique(), email: `${unique()}@example.com`, password: "password" }),
    );
    assert.deepEqual([error.code, error.reason], ["VALIDATION_ERROR", "WEAK_PASSWORD"]);
    return error;
  },

  "a login by username, by address and by the field email is the same": async ({ way, register }) => {
    const { username, email, password, id } = await register();
    const logins = [{ usernameOrEmail: username }, { usernameOrEmail: email }, { usernameOrEmail: username.toUpperCase() }, { email }];
    for (const login of logins) {
      const data = expectData(await way.call(auth.login, { ...login, password }));
      assert.equal((data.user as { id: string }).id, id);
    }
  },

  "a login without a name is refused before anything else": async ({ way }) => {
    const error = expectError(await way.call(auth.login, { password: "x" }));
    assert.equal(error.code, "VALIDATION_ERROR");
    return error;
  },

  "a wrong password and an unknown user are told in the same words": async ({ way, register }) => {
    const { username } = await register();
    const wrong = expectError(await way.call(auth.login, { usernameOrEmail: username, password: "wrong password" }));
    const unknown = expectError(await way.call(auth.login, { usernameOrEmail: unique(), password: "wrong password" }));
    assert.equal(wrong.reason, "INVALID_CREDENTIALS");
    assert.deepEqual(wrong, unknown);
    return wrong;
  },

  "many wrong passwords block the account, for the right one as well, and say for how long": async ({ way, register }) => {
    const { username, password } = await register();
    let error = expectError(await way.call(auth.login, { usernameOrEmail: username, password: "wrong" }));
    for (let attempt = 0; attempt < 10 && error.reason === "INVALID_CREDENTIALS"; attempt++) {
      error = expectError(await way.call(auth.login, { usernameOrEmail: username, password: "wrong" }));
    }
    assert.equal(error.code, "RATE_LIMIT_EXCEEDED");
    assert.equal(expectError(await way.call(auth.login, { usernameOrEmail: username, password })).code, "RATE_LIMIT_EXCEEDED");
    return error.code;
  },

  "a refresh gives new tokens of the same session": async ({ way, register }) => {
    const { refreshToken, id } = await register();
    const data = expectData(await way.call(auth.refreshToken, { refreshToken }));
    assert.notEqual(data.refresh_token, refreshToken);
    assert.equal((data.user as { id: string }).id, id);
    expectData(await way.call(auth.getCurrentUser, {}, { token: data.access_token as string }));
  },

  "a spent refresh token ends the whole family": async ({ way, register }) => {
    const { refreshToken, token } = await register();
    const next = expectData(await way.call(auth.refreshToken, { refreshToken }));
    const reused = expectError(await way.call(auth.refreshToken, { refreshToken }));
    assert.equal(reused.code, "TOKEN_REUSED");
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token })).code, "INVALID_TOKEN");
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token: next.access_token as string })).code, "INVALID_TOKEN");
    const dead = expectError(await way.call(auth.refreshToken, { refreshToken: next.refresh_token as string }));
    assert.equal(dead.code === "INVALID_TOKEN" || dead.code === "TOKEN_REUSED", true);
    return [reused.code, dead.code];
  },

  "of two refreshes at once one wins": async ({ way, register }) => {
    const { refreshToken } = await register();
    const outcomes = await Promise.all([1, 2].map(() => way.call(auth.refreshToken, { refreshToken })));
    assert.deepEqual(outcomes.map((outcome) => outcome.error?.code ?? "ok").sort(), ["TOKEN_REUSED", "ok"].sort());
  },

  "tokens of the wrong kind are refused on either side": async ({ way, register }) => {
    const { refreshToken, token } = await register();
    const asAccess = expectError(await way.call(auth.getCurrentUser, {}, { token: refreshToken }));
    const asRefresh = expectError(await way.call(auth.refreshToken, { refreshToken: token }));
    assert.deepEqual([asAccess.code, asRefresh.code], ["INVALID_TOKEN", "INVALID_TOKEN"]);
    return [asAccess, asRefresh];
  },

  "an operation that needs a token says so": async ({ way }) => {
    const error = expectError(await way.call(auth.getCurrentUser, {}));
    assert.equal(error.code, "UNAUTHORIZED");
    return error;
  },

  "a stale token does not hinder a login": async ({ way, register }) => {
    const { username, password } = await register();
    expectData(await way.call(auth.login, { usernameOrEmail: username, password }, { token: "stale.token.value" }));
  },

  "a logout ends this session at once and no other": async ({ way, register, login }) => {
    const here = await register();
    const there = await login(here);
    expectData(await way.call(auth.logout, {}, { token: here.token }));
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token: here.token })).code, "INVALID_TOKEN");
    assert.notEqual((await way.call(auth.refreshToken, { refreshToken: here.refreshToken })).error, undefined);
    expectData(await way.call(auth.getCurrentUser, {}, { token: there.token }));
  },

  "a logout of all sessions ends all": async ({ way, register, login }) => {
    const here = await register();
    const there = await login(here);
    expectData(await way.call(auth.logout, { allSessions: true }, { token: here.token }));
    for (const { token } of [here, there])
      assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token })).code, "INVALID_TOKEN");
  },

  "sessions are listed newest first, and one can be ended": async ({ way, register, login }) => {
    const here = await register();
    const there = await login(here);
    const sessions = expectData(await way.call(auth.listSessions, {}, { token: here.token })).sessions as {
      id: string;
      current: boolean;
    }[];
    assert.deepEqual(
      sessions.map(({ current }) => current),
      [false, true],
    );
    const other = sessions[0]?.id ?? "";
    expectData(await way.call(auth.revokeSession, { sessionId: other }, { token: here.token }));
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token: there.token })).code, "INVALID_TOKEN");
    const gone = expectError(await way.call(auth.revokeSession, { sessionId: other }, { token: here.token }));
    assert.equal(gone.reason, "SESSION_NOT_FOUND");
    return sessions.length;
  },

  "nobody ends the session of another": async ({ way, register }) => {
    const [one, two] = [await register(), await register()];
    const sessions = expectData(await way.call(auth.listSessions, {}, { token: two.token })).sessions as { id: string }[];
    const error = expectError(await way.call(auth.revokeSession, { sessionId: sessions[0]?.id ?? "" }, { token: one.token }));
    assert.deepEqual([error.code, error.reason], ["NOT_FOUND", "SESSION_NOT_FOUND"]);
    expectData(await way.call(auth.getCurrentUser, {}, { token: two.token }));
  },

  "validating a token answers, good or bad": async ({ way, register }) => {
    const { token, id } = await register();
    const good = expectData(await way.call(auth.validateToken, { accessToken: token }));
    assert.deepEqual([good.valid, good.user_id, good.role], [true, id, "user"]);
    const bad = expectData(await way.call(auth.validateToken, { accessToken: "a.b.c" }));
    assert.deepEqual([bad.valid, bad.reason, bad.user_id], [false, "INVALID_TOKEN", null]);
    expectData(await way.call(auth.logout, {}, { token }));
    const dead = expectData(await way.call(auth.validateToken, { accessToken: token }));
    assert.deepEqual([dead.valid, dead.reason], [false, "INVALID_TOKEN"]);
    return [Object.keys(good).sort(), bad];
  },

  "a password change ends the other sessions and needs the old password": async ({ way, register, login }) => {
    const here = await register();
    const there = await login(here);
    const change = (currentPassword: string, newPassword: string) =>
      way.call(UserService.method.changePassword, { userId: here.id, currentPassword, newPassword }, { token: here.token });
    assert.equal(expectError(await change("wrong", "another good one")).code, "INVALID_CREDENTIALS");
    expectData(await change(here.password, "another good one"));
    expectData(await way.call(auth.getCurrentUser, {}, { token: here.token }));
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token: there.token })).code, "INVALID_TOKEN");
    assert.equal(
      expectError(await way.call(auth.login, { usernameOrEmail: here.username, password: here.password })).code,
      "INVALID_CREDENTIALS",
    );
    await login({ ...here, password: "another good one" });
  },

  "a suspension ends access at once and is told only with the right password": async ({ way, root, register }) => {
    const person = await register();
    const set = (status: UserStatus) =>
      way.call(UserService.method.updateUserStatus, { userId: person.id, status, reason: "spam" }, { token: root.token });
    expectData(await set(UserStatus.SUSPENDED));
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token: person.token })).code, "INVALID_TOKEN");
    const login = (password: string) => way.call(auth.login, { usernameOrEmail: person.username, password });
    assert.equal(expectError(await login("wrong")).code, "INVALID_CREDENTIALS");
    const told = expectError(await login(person.password));
    assert.equal(told.code, "ACCOUNT_SUSPENDED");
    assert.notEqual((await way.call(auth.refreshToken, { refreshToken: person.refreshToken })).error, undefined);
    expectData(await set(UserStatus.ACTIVE));
    expectData(await login(person.password));
    expectData(await set(UserStatus.LOCKED));
    assert.equal(expectError(await login(person.password)).code, "ACCOUNT_LOCKED");
    return told;
  },

  "a change of role ends access with the old role at once": async ({ way, root, register, login }) => {
    const person = await register();
    expectData(await way.call(UserService.method.updateUserRole, { userId: person.id, role: UserRole.MODERATOR }, { token: root.token }));
    assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { token: person.token })).code, "INVALID_TOKEN");
    const again = await login(person);
    assert.equal((expectData(await way.call(auth.getCurrentUser, {}, { token: again.token })).user as { role: string }).role, "moderator");
  },
};
