import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { AuthServiceDeps } from "./auth-service.ts";
import { hashOf } from "./testing/fakes.ts";
import { by, createWorld, freeFailures, from, maxSessionsPerUser, password, reasonOf, refreshTtlMs } from "./testing/world.ts";

const here = from("192.0.2.1");
const credentials = (login: string, text = password) => ({ login, password: text, deviceId: undefined });

test("a login by username or mail address, whatever its case, gives tokens of a new session", async () => {
  const world = createWorld();
  const user = await world.add();
  for (const login of [user.username, user.username.toUpperCase(), user.email.toUpperCase()]) {
    const admission = await world.auth.login({ ...credentials(login), deviceId: "phone" }, here);
    assert.equal(admission.user.id, user.id);
    assert.equal(admission.expiresIn, 3600);
    const { sessionId } = await world.tokens.verify(admission.accessToken);
    const session = await world.sessions.findLive(sessionId, world.clock.now());
    assert.deepEqual(session, {
      id: sessionId,
      userId: user.id,
      deviceId: "phone",
      userAgent: "tests",
      ipAddress: "192.0.2.1",
      createdAt: world.clock.now(),
      lastUsedAt: world.clock.now(),
      expiresAt: new Date(world.clock.now().getTime() + refreshTtlMs),
    });
  }
  assert.equal((await world.sessions.list(user.id, world.clock.now())).length, 3);
});

test("a login is remembered, announced and audited", async () => {
  const world = createWorld();
  const user = await world.add();
  world.clock.turn(5000);
  const admission = await world.auth.login(credentials(user.username), here);
  assert.deepEqual(admission.user.lastLoginAt, world.clock.now());
  assert.deepEqual((await world.users.find(user.id))?.lastLoginAt, world.clock.now());
  const payload = { user_id: user.id, ip_address: "192.0.2.1", user_agent: "tests" };
  assert.deepEqual(world.events(), [{ type: "auth.login_succeeded", aggregateId: user.id, payload }]);
  assert.deepEqual(world.audited(), ["auth.login"]);
  assert.equal(world.store.audit[0]?.userId, user.id);
});

test("what is stored of a refresh token is its hash", async () => {
  const world = createWorld();
  const { refreshToken } = await world.login(await world.add());
  const stored = [...world.store.tokens.values()];
  assert.deepEqual(
    stored.map(({ tokenHash }) => tokenHash),
    [`hash of ${refreshToken}`],
  );
});

test("a user whose address is not verified yet may log in", async () => {
  const world = createWorld();
  const user = await world.add({ status: "pending_verification" });
  assert.equal((await world.login(user)).user.id, user.id);
});

test("a wrong password and an unknown user get the same answer for the same work", async () => {
  const calls: string[] = [];
  const world = createWorld((deps) => recorded(deps, calls));
  const user = await world.add();
  const attempt = async (login: string) => {
    calls.length = 0;
    world.passwords.calls.length = 0;
    const error = await world.auth.login(credentials(login, "wrong"), here).catch((thrown: unknown) => thrown);
    return { error, calls: [...calls], hashed: [...world.passwords.calls] };
  };
  const wrong = await attempt(user.username);
  const unknown = await attempt("nobody");
  assert.deepEqual(unknown.error, wrong.error);
  assert.equal((wrong.error as { reason: string }).reason, "INVALID_CREDENTIALS");
  assert.deepEqual(unknown.calls, wrong.calls);
  assert.ok(wrong.calls.includes("audit.append"));
  assert.deepEqual([wrong.hashed, unknown.hashed], [["verify"], ["verifyNothing"]]);
});

test("a failed login is announced and audited, with what was wrong for those inside", async () => {
  const world = createWorld();
  const user = await world.add();
  await reasonOf(world.auth.login(credentials(user.email, "wrong"), here));
  await reasonOf(world.auth.login(credentials("nobody", "wrong"), here));
  assert.deepEqual(
    world.events().map(({ type, payload }) => [type, payload.username_or_email, payload.reason]),
    [
      ["auth.login_failed", user.email, "wrong_password"],
      ["auth.login_failed", `sha256:${hash("sha256", "nobody")}`, "unknown_user"],
    ],
  );
  assert.deepEqual(world.audited(), ["auth.login!wrong_password", "auth.login!unknown_user"]);
  assert.deepEqual(
    world.store.audit.map(({ userId, resourceId }) => [userId, resourceId]),
    [
      [undefined, user.id],
      [undefined, undefined],
    ],
  );
});

test("a password that was typed as a name is in no event and not in the audit log", async () => {
  const world = createWorld();
  await reasonOf(world.auth.login(credentials(" Hunter2-in-the-wrong-field", "ann"), here));
  const written = JSON.stringify([world.store.audit, world.events()]);
  assert.ok(!/hunter2/i.test(written), written);
  assert.equal(written.split(hash("sha256", "hunter2-in-the-wrong-field")).length - 1, 3);
});

test("a device's name with control characters is refused before anything is counted", async () => {
  const world = createWorld();
  const user = await world.add();
  await assert.rejects(world.auth.login({ ...credentials(user.username), deviceId: "phone\u0000" }, here), {
    reason: "VALIDATION_ERROR",
    message: /^device_id/,
  });
  assert.deepEqual([world.passwords.calls, world.store.attempts.size], [[], 0]);
});

test("no password and no token reaches the audit log or an event", async () => {
  const world = createWorld();
  const user = await world.add();
  await reasonOf(world.auth.login(credentials(user.username, "wrong-and-secret"), here));
  const { refreshToken, accessToken } = await world.auth.login(credentials(user.username), here);
  const written = JSON.stringify([world.store.audit, world.publisher]);
  for (const secret of ["wrong-and-secret", password, refreshToken, accessToken]) assert.ok(!written.includes(secret), secret);
});

test("suspended and locked users are told so only after the right password", async () => {
  for (const [status, reason] of [
    ["suspended", "ACCOUNT_SUSPENDED"],
    ["locked", "ACCOUNT_LOCKED"],
  ] as const) {
    const world = createWorld();
    const user = await world.add({ status });
    assert.equal(await reasonOf(world.auth.login(credentials(user.username, "wrong"), here)), "INVALID_CREDENTIALS");
    assert.equal(await reasonOf(world.auth.login(credentials(user.username), here)), reason);
    assert.deepEqual(world.audited(), ["auth.login!wrong_password", `auth.login!${status}`]);
    assert.equal(world.store.tokens.size, 0);
  }
});

test("a deleted user is unknown, even with the right password", async () => {
  const world = createWorld();
  const user = await world.add();
  await world.admin.remove(user.id, by(await world.add({ role: "admin" })));
  assert.equal(await reasonOf(world.login(user)), "INVALID_CREDENTIALS");
});

test("after the free failures the account is blocked before anything is hashed, for the right password too", async () => {
  const world = createWorld();
  const user = await world.add();
  for (let failure = 0; failure <= freeFailures.account; failure++)
    assert.equal(await reasonOf(world.auth.login(credentials(user.username, "wrong"), from(`192.0.2.${failure}`))), "INVALID_CREDENTIALS");
  world.passwords.calls.length = 0;
  const elsewhere = from("198.51.100.1");
  await assert.rejects(world.auth.login(credentials(user.username.toUpperCase()), elsewhere), {
    reason: "RATE_LIMIT_EXCEEDED",
    retryAfterMs: 60_000,
    message: "too many attempts; try again in 60 seconds",
  });
  assert.deepEqual(world.passwords.calls, []);
  world.clock.turn(59_999);
  await assert.rejects(world.auth.login(credentials(user.username), elsewhere), { retryAfterMs: 1 });
  world.clock.turn(1);
  assert.equal((await world.auth.login(credentials(user.username), elsewhere)).user.id, user.id);
});

test("strangers who guess do not shut the owner out where they logged in before", async () => {
  const world = createWorld();
  const user = await world.add();
  const home = from("203.0.113.5");
  await world.auth.login(credentials(user.email), home);
  for (let round = 0; round < 20; round++) {
    for (const login of [user.username, user.email])
      await reasonOf(world.auth.login(credentials(login, "wrong"), from(`198.51.100.${round}`)));
  }
  for (const login of [user.username, user.email]) {
    assert.equal(await reasonOf(world.auth.login(credentials(login), from("198.51.100.99"))), "RATE_LIMIT_EXCEEDED");
    assert.equal(await reasonOf(world.auth.login(credentials(login), home)), "none");
  }
});

test("whom strangers locked out elsewhere may change the password where they are at home", async () => {
  const world = createWorld();
  const user = await world.add();
  await world.login(user);
  const change = (current: string, ipAddress: string) =>
    reasonOf(world.admin.changePassword(user.id, { current, next: "battery staple" }, { ...by(user), ipAddress }));
  for (let failure = 0; failure <= freeFailures.account; failure++) await change("wrong", "198.51.100.1");
  assert.equal(await change(password, "198.51.100.2"), "RATE_LIMIT_EXCEEDED");
  assert.equal(await change(password, "192.0.2.1"), "none");
});

test("guesses from a known network are limited as well, and use up nothing of the owner's other networks", async () => {
  const world = createWorld();
  const user = await world.add();
  const [home, work] = [from("203.0.113.5"), from("203.0.113.6")];
  for (const known of [home, work]) await world.auth.login(credentials(user.username), known);
  const guess = () => reasonOf(world.auth.login(credentials(user.username, "wrong"), work));
  for (let failure = 0; failure <= freeFailures.account; failure++) assert.equal(await guess(), "INVALID_CREDENTIALS");
  assert.equal(await guess(), "RATE_LIMIT_EXCEEDED");
  assert.equal(await reasonOf(world.auth.login(credentials(user.username), work)), "RATE_LIMIT_EXCEEDED");
  assert.equal(await reasonOf(world.auth.login(credentials(user.username), home)), "none");
});

test("a success at home gives strangers no further guesses", async () => {
  const world = createWorld();
  const user = await world.add();
  const home = from("203.0.113.5");
  await world.auth.login(credentials(user.username), home);
  const guess = (host: number) => reasonOf(world.auth.login(credentials(user.username, "wrong"), from(`198.51.100.${host}`)));
  for (let failure = 0; failure <= freeFailures.account; failure++) await guess(failure);
  await world.auth.login(credentials(user.username), home);
  assert.equal(await guess(50), "RATE_LIMIT_EXCEEDED");
});

test("a name that nobody has is blocked like one that somebody has", async () => {
  const world = createWorld();
  for (let failure = 0; failure <= freeFailures.account; failure++) await reasonOf(world.auth.login(credentials("nobody", "wrong"), here));
  assert.equal(await reasonOf(world.auth.login(credentials("nobody", "wrong"), here)), "RATE_LIMIT_EXCEEDED");
});

test("an address that fails with many names is blocked for every name", async () => {
  const world = createWorld();
  const user = await world.add();
  for (let failure = 0; failure <= freeFailures.address; failure++)
    await reasonOf(world.auth.login(credentials(`nobody${failure}`, "wrong"), here));
  assert.equal(await reasonOf(world.auth.login(credentials(user.username), here)), "RATE_LIMIT_EXCEEDED");
  assert.equal((await world.auth.login(credentials(user.username), from("198.51.100.1"))).user.id, user.id);
});

test("a success forgets the account's failures and not the address's", async () => {
  const world = createWorld();
  const [user, own] = [await world.add(), await world.add()];
  for (let round = 0; round < 2; round++) {
    for (let failure = 0; failure < freeFailures.account; failure++)
      await reasonOf(world.auth.login(credentials(user.username, "wrong"), here));
    await world.auth.login(credentials(user.username), here);
  }
  await world.auth.login(credentials(own.username), here);
  await reasonOf(world.auth.login(credentials(own.username, "wrong"), here));
  assert.equal(await reasonOf(world.auth.login(credentials(own.username), here)), "RATE_LIMIT_EXCEEDED");
});

test("of guesses sent all at once only the free ones learn anything, even where one of them is right", async () => {
  const world = createWorld();
  const user = await world.add();
  let turn: Promise<unknown> = Promise.resolve();
  world.passwords.meanwhile = () => {
    turn = turn.then(() => setImmediate());
    return turn;
  };
  const guesses = [...Array.from({ length: 20 }, (_, index) => `guess ${index}`), password];
  const answers = await Promise.all(guesses.map((guess) => reasonOf(world.auth.login(credentials(user.username, guess), here))));
  const wrong = answers.filter((answer) => answer === "INVALID_CREDENTIALS").length;
  const refused = answers.filter((answer) => answer === "RATE_LIMIT_EXCEEDED").length;
  assert.deepEqual([wrong, refused], [freeFailures.account + 1, guesses.length - freeFailures.account - 1]);
  assert.equal(world.store.tokens.size, 0);
  assert.ok(world.audited().includes("auth.login!throttled"));
});

test("a wrong guess is counted and audited also where the client hangs up meanwhile", async () => {
  const world = createWorld();
  const user = await world.add();
  for (let failure = 0; failure <= freeFailures.account; failure++) {
    const hangUp = new AbortController();
    world.passwords.meanwhile = async () => hangUp.abort();
    await reasonOf(world.auth.login(credentials(user.username, "wrong"), { ...here, signal: hangUp.signal }));
  }
  assert.equal(await reasonOf(world.auth.login(credentials(user.username), here)), "RATE_LIMIT_EXCEEDED");
  assert.equal(world.audited().length, freeFailures.account + 1);
});

test("right passwords at the same time do not hinder each other", async () => {
  const world = createWorld();
  const user = await world.add();
  const admissions = await Promise.all(Array.from({ length: 10 }, () => world.login(user)));
  assert.equal(new Set(admissions.map(({ refreshToken }) => refreshToken)).size, 10);
});

test("a user has so many sessions and no more: at the next login the oldest ends", async () => {
  const world = createWorld();
  const user = await world.add();
  const tokens: string[] = [];
  for (let count = 0; count < maxSessionsPerUser + 2; count++) {
    world.clock.turn(1000);
    tokens.push((await world.login(user)).refreshToken);
  }
  assert.equal((await world.sessions.list(user.id, world.clock.now())).length, maxSessionsPerUser);
  const answers = await Promise.all(tokens.map((token) => reasonOf(world.auth.refresh(token, here))));
  assert.deepEqual(answers.slice(0, 3), ["INVALID_TOKEN", "INVALID_TOKEN", "none"]);
});

test("a password hashed with former parameters is hashed anew", async () => {
  const world = createWorld();
  const user = await world.add();
  world.passwords.parameters = "v2";
  await world.login(user);
  assert.equal((await world.users.findAccount({ id: user.id }))?.passwordHash, hashOf(password, "v2"));
  assert.deepEqual((await world.users.find(user.id))?.updatedAt, user.updatedAt);
  world.passwords.calls.length = 0;
  await world.login(user);
  assert.deepEqual(world.passwords.calls, ["verify"]);
});

test("a login does not fail because there was no time for hashing anew", async () => {
  const world = createWorld();
  const user = await world.add();
  world.passwords.parameters = "v2";
  world.passwords.overloaded = true;
  assert.equal((await world.login(user)).user.id, user.id);
  assert.equal((await world.users.findAccount({ id: user.id }))?.passwordHash, hashOf(password));
});

test("who is suspended while the password is being checked is not let in", async () => {
  const world = createWorld();
  const [user, admin] = [await world.add(), await world.add({ role: "admin" })];
  world.passwords.meanwhile = async () => {
    world.passwords.meanwhile = async () => undefined;
    await world.admin.changeStatus(user.id, { status: "suspended", reason: undefined }, by(admin));
  };
  assert.equal(await reasonOf(world.login(user)), "ACCOUNT_SUSPENDED");
  assert.deepEqual(await world.sessions.list(user.id, world.clock.now()), []);
});

test("the former password neither lets in nor comes back where it is changed while it is being checked", async () => {
  const world = createWorld();
  const user = await world.add();
  world.passwords.parameters = "v2";
  world.passwords.meanwhile = async () => {
    world.passwords.meanwhile = async () => undefined;
    await world.admin.changePassword(user.id, { current: password, next: "battery staple" }, by(user));
  };
  assert.equal(await reasonOf(world.login(user)), "INVALID_CREDENTIALS");
  assert.equal((await world.users.findAccount({ id: user.id }))?.passwordHash, hashOf("battery staple", "v2"));
});

/** Tells which methods of the repositories are called, in order. */
function recorded(deps: AuthServiceDeps, calls: string[]): AuthServiceDeps {
  const watch = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        calls.push(`${name}.${String(key)}`);
        return Reflect.get(target, key, receiver);
      },
    });
  return {
    ...deps,
    users: watch("users", deps.users),
    sessions: watch("sessions", deps.sessions),
    audit: watch("audit", deps.audit),
    attempts: watch("attempts", deps.attempts),
    publisher: watch("publisher", deps.publisher),
  };
}
