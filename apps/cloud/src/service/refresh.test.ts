import assert from "node:assert/strict";
import { test } from "node:test";
import { by, createWorld, freeFailures, from, reasonOf, refreshTtlMs } from "./testing/world.ts";

const there = from("198.51.100.7");

test("a refresh gives a new pair of tokens of the same session, and the session lives on from then", async () => {
  const world = createWorld();
  const user = await world.add();
  const first = await world.login(user);
  const { sessionId } = await world.tokens.verify(first.accessToken);
  const startedAt = world.clock.now();
  world.clock.turn(60_000);
  const second = await world.auth.refresh(first.refreshToken, there);
  assert.notEqual(second.refreshToken, first.refreshToken);
  assert.equal((await world.tokens.verify(second.accessToken)).sessionId, sessionId);
  assert.equal(second.user.id, user.id);
  const [session, ...others] = await world.sessions.list(user.id, world.clock.now());
  assert.deepEqual(others, []);
  assert.equal(session?.id, sessionId);
  assert.equal(session?.ipAddress, "198.51.100.7");
  assert.deepEqual([session?.createdAt, session?.lastUsedAt], [startedAt, world.clock.now()]);
  assert.deepEqual(session?.expiresAt, new Date(world.clock.now().getTime() + refreshTtlMs));
});

test("a refresh is announced", async () => {
  const world = createWorld();
  const user = await world.add();
  const { refreshToken, accessToken } = await world.login(user);
  const { sessionId } = await world.tokens.verify(accessToken);
  world.forget();
  await world.auth.refresh(refreshToken, there);
  const payload = { user_id: user.id, old_token_family: sessionId, new_token_family: sessionId };
  assert.deepEqual(world.events(), [{ type: "auth.token_refreshed", aggregateId: user.id, payload }]);
});

test("new tokens tell the role that the user has now", async () => {
  const world = createWorld();
  const { refreshToken } = await world.login(await world.add({ role: "moderator" }));
  const { accessToken } = await world.auth.refresh(refreshToken, there);
  assert.equal((await world.tokens.verify(accessToken)).role, "moderator");
});

test("a spent token ends its session, and that is announced and audited", async () => {
  const world = createWorld();
  const user = await world.add();
  const [first, other] = [await world.login(user), await world.login(user)];
  const second = await world.auth.refresh(first.refreshToken, there);
  const { sessionId } = await world.tokens.verify(first.accessToken);
  world.forget();
  assert.equal(await reasonOf(world.auth.refresh(first.refreshToken, there)), "TOKEN_REUSED");
  assert.deepEqual(world.audited(), ["auth.token_reused!reused"]);
  assert.deepEqual(world.events(), [{ type: "auth.logout", aggregateId: user.id, payload: { user_id: user.id, session_id: sessionId } }]);
  assert.equal(await reasonOf(world.auth.refresh(second.refreshToken, there)), "INVALID_TOKEN");
  assert.equal((await world.sessions.list(user.id, world.clock.now())).length, 1);
  assert.equal((await world.auth.refresh(other.refreshToken, there)).user.id, user.id);
});

test("a token of a session that has ended is no reuse: it is refused, and nothing is audited", async () => {
  const world = createWorld();
  const user = await world.add();
  const { refreshToken, accessToken } = await world.login(user);
  const { sessionId } = await world.tokens.verify(accessToken);
  await world.auth.sessions.logout("this", by(user, sessionId));
  world.forget();
  assert.equal(await reasonOf(world.auth.refresh(refreshToken, there)), "INVALID_TOKEN");
  assert.deepEqual([world.audited(), world.events()], [[], []]);
});

test("of two refreshes at once one wins, and the session ends", async () => {
  const world = createWorld();
  const user = await world.add();
  const { refreshToken } = await world.login(user);
  const outcomes = await Promise.all([1, 2].map(() => reasonOf(world.auth.refresh(refreshToken, there))));
  assert.deepEqual(outcomes.sort(), ["TOKEN_REUSED", "none"]);
  assert.deepEqual(await world.sessions.list(user.id, world.clock.now()), []);
});

test("a token whose time is over is told so", async () => {
  const world = createWorld();
  const { refreshToken } = await world.login(await world.add());
  world.clock.turn(refreshTtlMs - 1);
  const next = await world.auth.refresh(refreshToken, there);
  world.clock.turn(refreshTtlMs);
  assert.equal(await reasonOf(world.auth.refresh(next.refreshToken, there)), "TOKEN_EXPIRED");
});

test("an unknown token and one of another form are invalid", async () => {
  const world = createWorld();
  for (const token of ["refresh-99", "access-1", ""])
    assert.equal(await reasonOf(world.auth.refresh(token, there)), "INVALID_TOKEN", token);
});

test("suspension, deletion and a change of role end what could be refreshed", async () => {
  const world = createWorld();
  const admin = await world.add({ role: "admin" });
  const acts = [
    (id: typeof admin.id) => world.admin.changeStatus(id, { status: "suspended", reason: undefined }, by(admin)),
    (id: typeof admin.id) => world.admin.changeRole(id, "moderator", by(admin)),
    (id: typeof admin.id) => world.admin.remove(id, by(admin)),
  ];
  for (const act of acts) {
    const user = await world.add();
    const { refreshToken } = await world.login(user);
    await act(user.id);
    assert.equal(await reasonOf(world.auth.refresh(refreshToken, there)), "INVALID_TOKEN");
  }
});

test("a user who is kept out gets no tokens, even where a token of theirs was left alive", async () => {
  const world = createWorld();
  const user = await world.add();
  const { refreshToken } = await world.login(user);
  const account = await world.users.findAccount({ id: user.id });
  assert.ok(account);
  world.store.accounts.set(user.id, { ...account, user: { ...account.user, status: "locked" } });
  assert.equal(await reasonOf(world.auth.refresh(refreshToken, there)), "ACCOUNT_LOCKED");
  world.store.accounts.set(user.id, { ...account, user: { ...account.user, status: "deleted" } });
  assert.equal(await reasonOf(world.auth.refresh(refreshToken, there)), "INVALID_TOKEN");
});

test("a session that is refreshed too often has to wait, keeps its token, and no other session waits with it", async () => {
  const world = createWorld();
  const user = await world.add();
  const other = await world.login(user);
  let { refreshToken } = await world.login(user);
  for (let count = 0; count <= freeFailures.refresh; count++) ({ refreshToken } = await world.auth.refresh(refreshToken, there));
  const tokens = world.store.tokens.size;
  await assert.rejects(world.auth.refresh(refreshToken, there), { reason: "RATE_LIMIT_EXCEEDED", retryAfterMs: 60_000 });
  assert.equal(world.store.tokens.size, tokens);
  assert.equal(await reasonOf(world.auth.refresh(other.refreshToken, there)), "none");
  world.clock.turn(60_000);
  assert.equal(await reasonOf(world.auth.refresh(refreshToken, there)), "none");
});

test("a spent token ends its session also while the session has to wait", async () => {
  const world = createWorld();
  const user = await world.add();
  const first = await world.login(user);
  let { refreshToken } = first;
  for (let count = 0; count <= freeFailures.refresh; count++) ({ refreshToken } = await world.auth.refresh(refreshToken, there));
  assert.equal(await reasonOf(world.auth.refresh(first.refreshToken, there)), "TOKEN_REUSED");
  assert.deepEqual(await world.sessions.list(user.id, world.clock.now()), []);
});
