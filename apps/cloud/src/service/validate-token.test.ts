import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSessionId } from "../domain/id.ts";
import { sampleId } from "../domain/testing/samples.ts";
import { by, createWorld, from } from "./testing/world.ts";

const anywhere = from("192.0.2.1");

test("a good token is told with whose it is", async () => {
  const world = createWorld();
  const user = await world.add({ role: "moderator" });
  const { accessToken } = await world.login(user);
  const validity = await world.auth.validateToken(accessToken, anywhere);
  assert.ok(validity.valid);
  assert.deepEqual([validity.claims.userId, validity.claims.role], [user.id, "moderator"]);
  assert.equal(validity.claims.expiresAtMs, world.clock.now().getTime() + 3_600_000);
});

test("a bad token is told with the reason", async () => {
  const world = createWorld();
  const { accessToken } = await world.login(await world.add());
  assert.deepEqual(await world.auth.validateToken("a.b.c", anywhere), { valid: false, reason: "INVALID_TOKEN" });
  world.clock.turn(3_600_000);
  assert.deepEqual(await world.auth.validateToken(accessToken, anywhere), { valid: false, reason: "TOKEN_EXPIRED" });
});

test("a token whose session has ended, or is another's, is bad", async () => {
  const world = createWorld();
  const [user, other] = [await world.add(), await world.add()];
  const { accessToken } = await world.login(user);
  const { sessionId } = await world.tokens.verify(accessToken);
  const foreign = await world.tokens.issue({ userId: other.id, sessionId, role: "user" });
  const unknown = await world.tokens.issue({ userId: user.id, sessionId: parseSessionId(sampleId(0xffff)), role: "user" });
  await world.auth.sessions.logout("this", by(other, parseSessionId(sampleId(0xffff))));
  for (const { token } of [foreign, unknown])
    assert.deepEqual(await world.auth.validateToken(token, anywhere), { valid: false, reason: "INVALID_TOKEN" });
  await world.auth.sessions.logout("this", by(user, sessionId));
  assert.deepEqual(await world.auth.validateToken(accessToken, anywhere), { valid: false, reason: "INVALID_TOKEN" });
});

test("a failure of the server is thrown, not told as a bad token", async () => {
  const world = createWorld((deps) => ({
    ...deps,
    sessions: { ...deps.sessions, findLive: () => Promise.reject(new Error("no database")) },
  }));
  const { accessToken } = await world.login(await world.add());
  await assert.rejects(world.auth.validateToken(accessToken, anywhere), /no database/);
});
