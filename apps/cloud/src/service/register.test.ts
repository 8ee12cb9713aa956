import assert from "node:assert/strict";
import { test } from "node:test";
import { by, createWorld, freeFailures, from, password, reasonOf } from "./testing/world.ts";

const here = from("192.0.2.1");
const person = (name: string) => ({ username: name, email: `${name}@example.com`, password });

test("after the free registrations a network has to wait, and nothing is looked up or hashed for it", async () => {
  const world = createWorld();
  for (let count = 0; count <= freeFailures.registration; count++)
    assert.equal(await reasonOf(world.auth.register(person(`ann${count}`), here)), "none");
  world.passwords.calls.length = 0;
  await assert.rejects(world.auth.register(person("late"), here), { reason: "RATE_LIMIT_EXCEEDED", retryAfterMs: 60_000 });
  assert.equal(await reasonOf(world.auth.register(person("ann0"), here)), "RATE_LIMIT_EXCEEDED");
  assert.deepEqual(world.passwords.calls, []);
  assert.equal(await reasonOf(world.auth.register(person("elsewhere"), from("192.0.2.2"))), "none");
  world.clock.turn(60_000);
  assert.equal(await reasonOf(world.auth.register(person("late"), here)), "none");
});

test("asking which names and addresses are taken counts as registering does, and so does an IPv6 address for its network", async () => {
  const world = createWorld();
  const { username, email } = await world.add();
  const probes = [
    { ...person("newcomer"), email },
    { ...person("newcomer"), username },
  ];
  for (let count = 0; count <= freeFailures.registration; count++) {
    const answer = await reasonOf(world.auth.register(probes[count % 2] ?? person("newcomer"), from(`2001:db8::${count}`)));
    assert.equal(answer, count % 2 === 0 ? "EMAIL_TAKEN" : "USERNAME_TAKEN");
  }
  assert.equal(await reasonOf(world.auth.register(person("newcomer"), from("2001:db8::ffff"))), "RATE_LIMIT_EXCEEDED");
});

test("of registrations sent all at once no more than the free ones go through", async () => {
  const world = createWorld();
  const answers = await Promise.all(Array.from({ length: 30 }, (_, count) => reasonOf(world.auth.register(person(`ann${count}`), here))));
  assert.equal(answers.filter((answer) => answer === "none").length, freeFailures.registration + 1);
  assert.equal(world.store.accounts.size, freeFailures.registration + 1);
});

test("an administrator creates as many users as there are", async () => {
  const world = createWorld();
  const admin = await world.add({ role: "admin" });
  for (let count = 0; count < 3 * freeFailures.registration; count++)
    assert.equal(await reasonOf(world.admin.create(person(`ann${count}`), by(admin))), "none");
  assert.equal(await reasonOf(world.auth.register(person("newcomer"), here)), "none");
});

test("failed logins and registrations are counted apart", async () => {
  const world = createWorld();
  const user = await world.add();
  for (let count = 0; count <= freeFailures.registration + 1; count++) await reasonOf(world.auth.register(person(`ann${count}`), here));
  assert.equal(await reasonOf(world.login(user)), "none");
});
