import assert from "node:assert/strict";
import { test } from "node:test";
import { domainError } from "../domain/errors.ts";
import { by, createWorld, from, password, reasonOf } from "./testing/world.ts";

const here = from("192.0.2.1");

test("who registers is let in at once", async () => {
  const world = createWorld();
  const admission = await world.auth.register({ username: "Ann", email: " Ann@Example.com ", password, firstName: "Ann" }, here);
  const { user } = admission;
  assert.deepEqual([user.username, user.email, user.firstName, user.lastName], ["Ann", "Ann@example.com", "Ann", undefined]);
  assert.deepEqual([user.role, user.status, user.emailVerified, user.lastLoginAt], ["user", "active", false, world.clock.now()]);
  assert.equal((await world.auth.validateToken(admission.accessToken, here)).valid, true);
  assert.equal((await world.auth.refresh(admission.refreshToken, here)).user.id, user.id);
  assert.equal((await world.login(user)).user.id, user.id);
});

test("a registration is announced and audited as the user's own act", async () => {
  const world = createWorld();
  const { user } = await world.auth.register({ username: "ann", email: "ann@example.com", password }, here);
  const payload = { user_id: user.id, username: "ann", email: "ann@example.com" };
  assert.deepEqual(world.events(), [{ type: "user.created", aggregateId: user.id, payload }]);
  assert.deepEqual(
    world.store.audit.map(({ action, userId, resourceId, ipAddress }) => [action, userId, resourceId, ipAddress]),
    [["user.registered", user.id, user.id, "192.0.2.1"]],
  );
});

test("the short form makes a username from the address and splits the name", async () => {
  const world = createWorld();
  const { user } = await world.auth.register({ email: "user@example.com", password: "secure123", name: "Test User" }, here);
  assert.deepEqual([user.username, user.firstName, user.lastName], ["user", "Test", "User"]);
});

test("a username made from the address is made unique, for as many as come", async () => {
  const world = createWorld();
  const names: string[] = [];
  for (let count = 0; count < 7; count++) {
    const { user } = await world.auth.register({ email: `info@example${count}.com`, password }, here);
    names.push(user.username);
  }
  assert.deepEqual(names.slice(0, 4), ["info", "info-2", "info-3", "info-4"]);
  assert.match(names[4] ?? "", /^info-[0-9a-f]{8}$/);
  assert.equal(new Set(names).size, 7);
});

test("of two who take the made name at once the other gets another one", async () => {
  const world = createWorld();
  const admissions = await Promise.all(["a.org", "b.org"].map((host) => world.auth.register({ email: `ann@${host}`, password }, here)));
  assert.deepEqual(admissions.map(({ user }) => user.username).sort(), ["ann", "ann-2"]);
});

test("where no made name is free the client is told to choose one", async () => {
  const taken = () => Promise.reject(domainError("USERNAME_TAKEN", "taken"));
  const world = createWorld((deps) => ({ ...deps, users: { ...deps.users, save: taken } }));
  await assert.rejects(world.auth.register({ email: "ann@example.com", password }, here), {
    reason: "VALIDATION_ERROR",
    message: /^username: .*choose one/,
  });
});

test("a taken name or address is told before anything is hashed, whatever its case", async () => {
  const world = createWorld();
  const user = await world.add();
  const name = { username: user.username.toUpperCase(), email: "new@example.com", password };
  const mail = { username: "newcomer", email: user.email.toUpperCase(), password };
  assert.equal(await reasonOf(world.auth.register(name, here)), "USERNAME_TAKEN");
  assert.equal(await reasonOf(world.auth.register(mail, here)), "EMAIL_TAKEN");
  assert.deepEqual(world.passwords.calls, []);
});

test("of two who register the same at once one is refused", async () => {
  const world = createWorld();
  const same = { username: "ann", email: "ann@example.com", password };
  const outcomes = await Promise.all([1, 2].map(() => reasonOf(world.auth.register(same, here))));
  assert.deepEqual(outcomes.sort(), ["USERNAME_TAKEN", "none"]);
  const mails = [1, 2].map((count) => ({ username: `bob${count}`, email: "bob@example.com", password }));
  assert.deepEqual((await Promise.all(mails.map((mail) => reasonOf(world.auth.register(mail, here))))).sort(), ["EMAIL_TAKEN", "none"]);
});

test("the name and the address of a deleted user are free again", async () => {
  const world = createWorld();
  const user = await world.add();
  await world.admin.remove(user.id, by(await world.add({ role: "admin" })));
  const { user: heir } = await world.auth.register({ username: user.username, email: user.email, password }, here);
  assert.notEqual(heir.id, user.id);
  assert.equal((await world.login(heir)).user.id, heir.id);
});

test("a weak password is refused with the field's name, before anything is hashed", async () => {
  const world = createWorld();
  const weak = [
    { username: "annabelle", email: "ann@example.com", password: "password" },
    { username: "annabelle", email: "ann@example.com", password: "AnnaBelle" },
    { username: "annabelle", email: "ann@example.com", password: "ann@EXAMPLE.com" },
    { email: "annabelle@example.com", password: "annabelle" },
  ];
  for (const registration of weak)
    await assert.rejects(world.auth.register(registration, here), (error: { reason: string; violations: { field: string }[] }) => {
      assert.deepEqual([error.reason, error.violations.map(({ field }) => field)], ["WEAK_PASSWORD", ["password"]]);
      return true;
    });
  assert.deepEqual([world.passwords.calls, world.store.accounts.size], [[], 0]);
});

test("what breaks the rules of the domain is refused, whoever let it through", async () => {
  const world = createWorld();
  const good = { username: "annabelle", email: "ann@example.com", password };
  const bad = [{ username: "a" }, { username: "ann@example.com" }, { email: "ann" }, { password: "short" }, { firstName: "a\u0000" }];
  for (const part of bad)
    assert.equal(await reasonOf(world.auth.register({ ...good, ...part }, here)), "VALIDATION_ERROR", JSON.stringify(part));
  assert.equal(world.store.accounts.size, 0);
});

test("an administrator creates users who are pending verification and not logged in", async () => {
  const world = createWorld();
  const admin = await world.add({ role: "admin" });
  const wished = { username: "ann", email: "ann@example.com", password, role: "superadmin", status: "active" };
  const user = await world.admin.create(wished, by(admin));
  assert.deepEqual([user.role, user.status, user.emailVerified], ["user", "pending_verification", false]);
  assert.equal(world.store.tokens.size, 0);
  assert.deepEqual(
    world.store.audit.map(({ action, userId, resourceId }) => [action, userId, resourceId]),
    [["user.created", admin.id, user.id]],
  );
  assert.equal(await reasonOf(world.admin.create(wished, here)), "UNAUTHORIZED");
});
