import assert from "node:assert/strict";
import { test } from "node:test";
import { createPasswordHasher, preparePassword } from "./password.ts";
import { formatPhc, parsePhc } from "./phc.ts";

/** The least that Argon2 allows: these tests are about behaviour, not about cost. */
const cheap = { memoryKib: 64, time: 1, parallelism: 1 } as const;

test("the right password matches its hash and a wrong one does not", async () => {
  const passwords = createPasswordHasher(cheap);
  const hash = await passwords.hash("correct horse");
  assert.deepEqual(await passwords.verify("correct horse", hash), { matches: true, rehash: false });
  assert.deepEqual(await passwords.verify("correct Horse", hash), { matches: false, rehash: false });
  assert.deepEqual(await passwords.verify("", hash), { matches: false, rehash: false });
});

test("a hash is Argon2id of the parameters asked for, with a salt of its own", async () => {
  const passwords = createPasswordHasher({ memoryKib: 128, time: 3, parallelism: 2 });
  const [one, other] = await Promise.all([passwords.hash("x"), passwords.hash("x")]);
  assert.match(one, /^\$argon2id\$v=19\$m=128,t=3,p=2\$/);
  assert.notEqual(one, other);
  assert.equal(parsePhc(one)?.tag.length, 32);
});

test("the defaults are OWASP's: 19 MiB, two passes, one lane", async () => {
  const hash = await createPasswordHasher().hash("x");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test("a right password whose hash has other parameters than today's asks to be hashed anew", async () => {
  const today = createPasswordHasher(cheap);
  for (const former of [{ memoryKib: 128 }, { time: 2 }, { parallelism: 2 }]) {
    const hash = await createPasswordHasher({ ...cheap, ...former }).hash("secret");
    assert.deepEqual(await today.verify("secret", hash), { matches: true, rehash: true });
    assert.deepEqual(await today.verify("other", hash), { matches: false, rehash: false });
  }
});

test("a stored hash that is broken or would cost absurdly much is refused before any work", async () => {
  const passwords = createPasswordHasher({ ...cheap, concurrency: 1 });
  const hash = await passwords.hash("secret");
  for (const poisoned of [
    hash.replace("m=64", "m=4000000"),
    hash.replace("t=1", "t=4000000000"),
    hash.replace("p=1", "p=17").replace("m=64", "m=4096"),
    `${hash}x!`,
    "",
    "$2b$10$abcdefghijklmnopqrstuv",
  ]) {
    const answer = passwords.verify("secret", poisoned);
    assert.equal(passwords.running, 0);
    await assert.rejects(answer, (error: Error) => error.message.startsWith("a stored password hash") && !error.message.includes("$"));
  }
});

test("parameters above the usual limit are still verified where they are today's", async () => {
  const costly = { memoryKib: 64, time: 17, parallelism: 1 };
  const passwords = createPasswordHasher(costly);
  const hash = await passwords.hash("secret");
  assert.equal((await passwords.verify("secret", hash)).matches, true);
  await assert.rejects(createPasswordHasher(cheap).verify("secret", hash), /more memory or time/);
});

test("hashes of older Argon2 variants are verified and asked to be replaced", async () => {
  const passwords = createPasswordHasher(cheap);
  const { hash: rawHash } = await import("@node-rs/argon2");
  const old = await rawHash("secret", { algorithm: 1, memoryCost: 64, timeCost: 1, parallelism: 1 });
  assert.match(old, /^\$argon2i\$/);
  assert.deepEqual(await passwords.verify("secret", old), { matches: true, rehash: true });
});

test("verifying nothing does the work of a verification, and passes the same queue", async () => {
  const passwords = createPasswordHasher({ ...cheap, concurrency: 1, queueLimit: 0 });
  const hash = await passwords.hash("x");
  const nothing = passwords.verifyNothing("secret");
  assert.equal(passwords.running, 1);
  await assert.rejects(passwords.verify("x", hash), { reason: "OVERLOADED" });
  assert.equal(await nothing, undefined);
  const something = passwords.verify("x", hash);
  await assert.rejects(passwords.verifyNothing("x"), { reason: "OVERLOADED" });
  await something;
});

test("beyond the queue limit a hash is turned away, and a waiter can give up", async () => {
  const passwords = createPasswordHasher({ ...cheap, concurrency: 1, queueLimit: 2 });
  const abort = new AbortController();
  const first = passwords.hash("a");
  const second = passwords.hash("b", abort.signal);
  const third = passwords.hash("c");
  assert.deepEqual([passwords.running, passwords.pending], [1, 2]);
  await assert.rejects(passwords.hash("d"), (error: { reason?: string; retryAfterMs?: number }) => {
    return error.reason === "OVERLOADED" && (error.retryAfterMs ?? 0) > 0;
  });
  abort.abort(new Error("gone"));
  await assert.rejects(second, /gone/);
  assert.match(await first, /^\$argon2id/);
  assert.match(await third, /^\$argon2id/);
});

test("the same password matches from every keyboard, and different ones stay different", async () => {
  const passwords = createPasswordHasher(cheap);
  const hash = await passwords.hash("ma\u00f1ana\u00a0mia");
  assert.equal((await passwords.verify("man\u0303ana mia", hash)).matches, true);
  assert.equal((await passwords.verify("manana mia", hash)).matches, false);
  assert.notEqual(preparePassword("x²"), preparePassword("x2"));
  assert.notEqual(preparePassword("ﬁ"), preparePassword("fi"));
});

test("every byte of a long password counts", async () => {
  const passwords = createPasswordHasher(cheap);
  const long = "a".repeat(127);
  const hash = await passwords.hash(`${long}b`);
  assert.equal((await passwords.verify(`${long}c`, hash)).matches, false);
  const withNul = await passwords.hash("ab\u0000cd");
  assert.equal((await passwords.verify("ab\u0000ce", withNul)).matches, false);
});

test("passwords that nobody can type are the client's mistake", async () => {
  const passwords = createPasswordHasher(cheap);
  await assert.rejects(passwords.hash("a".repeat(4097)), { reason: "INVALID_ARGUMENT" });
  await assert.rejects(passwords.verifyNothing("a\ud800"), { reason: "INVALID_ARGUMENT" });
  assert.match(await passwords.hash("a".repeat(4096)), /^\$argon2id/);
});

test("parameters that Argon2 does not know are refused at once", () => {
  for (const wrong of [{ memoryKib: 4 }, { time: 0 }, { parallelism: 0 }, { memoryKib: 1000.5 }, { concurrency: 0 }])
    assert.throws(() => createPasswordHasher({ ...cheap, ...wrong }), RangeError);
});

test("the hash that stands for nobody matches no password, not even by its form", async () => {
  // A tag made at random is read like any other: the same code path, the same cost.
  const random = formatPhc({
    algorithm: "argon2id",
    version: 19,
    ...cheap,
    salt: new Uint8Array(16).fill(7),
    tag: new Uint8Array(32).fill(9),
  });
  assert.deepEqual(await createPasswordHasher(cheap).verify("anything", random), { matches: false, rehash: false });
});
