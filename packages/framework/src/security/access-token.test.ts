import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { AccessTokenOptions } from "./access-token.ts";
import { createAccessTokens } from "./access-token.ts";
import type { KeySource } from "./keys.ts";
import { createKeyRing } from "./keys.ts";
import { newRefreshToken } from "./refresh-token.ts";

/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });

const secret = "a secret of more than thirty-two bytes";
const subject = { userId: "0199a000-0000-7000-8000-000000000001", sessionId: "0199a000-0000-7000-8000-000000000002", role: "user" };
const startMs = Date.parse("2026-01-01T00:00:00Z");

function setUp(options: Partial<AccessTokenOptions> = {}) {
  const clock = {
    ms: startMs,
    now() {
      return new Date(this.ms);
    },
  };
  const keys = createKeyRing({ signing: { kind: "secret", secret, kid: "k" } });
  const settings = { keys, issuer: "issuer", audience: "audience", expirationSecs: 60, clock, ...options };
  return { clock, settings, tokens: createAccessTokens(settings) };
}

const encode = (part: unknown) => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? "", "base64url").toString());

/** A token signed with the right secret, whatever it says. */
function forge(header: unknown, payload: unknown, key: string = secret): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
}

const goodHeader = { alg: "HS256", typ: "JWT", kid: "k" };
const goodPayload = {
  sub: subject.userId,
  sid: subject.sessionId,
  jti: "j",
  role: "user",
  iss: "issuer",
  aud: "audience",
  iat: startMs / 1000,
  nbf: startMs / 1000,
  exp: startMs / 1000 + 60,
  token_type: "access",
};

/** `verify` may throw or reject. */
const verify = async (tokens: { verify(token: string): unknown }, token: string) => tokens.verify(token);
const invalid = { name: "ArcanaError", reason: "INVALID_TOKEN", message: "the access token is not valid", http: 401 };

test("an issued token carries the claims of the contract and is verified", async () => {
  const { tokens } = setUp();
  const { token, expiresIn } = await tokens.issue(subject);
  assert.equal(expiresIn, 60);
  const [header, payload] = token.split(".");
  assert.deepEqual(decode(header), goodHeader);
  const { jti, ...claims } = decode(payload);
  assert.deepEqual({ ...claims, jti: "j" }, goodPayload);
  assert.deepEqual(await tokens.verify(token), { ...subject, tokenId: jti, expiresAtMs: startMs + 60_000 });
  assert.notEqual(decode((await tokens.issue(subject)).token.split(".")[1]).jti, jti);
});

test("a token seen before is answered at once, with the very same frozen claims", async () => {
  const { tokens } = setUp();
  const { token } = await tokens.issue(subject);
  const first = await tokens.verify(token);
  const second = tokens.verify(token);
  assert.ok(!(second instanceof Promise));
  assert.equal(second, first);
  assert.ok(Object.isFrozen(second));
});

for (const cacheSize of [0, 100])
  test(`a token ends at its second, with ${cacheSize === 0 ? "no" : "a"} cache`, async () => {
    const { tokens, clock } = setUp({ cacheSize });
    const { token } = await tokens.issue(subject);
    await tokens.verify(token);
    clock.ms = startMs + 59_999;
    assert.equal((await tokens.verify(token)).role, "user");
    clock.ms = startMs + 60_000;
    await assert.rejects(verify(tokens, token), { reason: "TOKEN_EXPIRED" });
    clock.ms += 3_600_000;
    await assert.rejects(verify(tokens, token), { reason: "TOKEN_EXPIRED" });
  });

for (const cacheSize of [0, 100])
  test(`a token is taken a little before its time and not sooner, with ${cacheSize === 0 ? "no" : "a"} cache`, async () => {
    const { tokens, clock } = setUp({ cacheSize, clockToleranceSecs: 5 });
    const { token } = await tokens.issue(subject);
    clock.ms = startMs - 5_000;
    assert.equal((await tokens.verify(token)).role, "user");
    clock.ms = startMs - 5_001;
    await assert.rejects(verify(tokens, token), invalid);
  });

test("an expired token that was never good is not called expired", async () => {
  const { tokens, clock } = setUp();
  const foreign = forge(goodHeader, goodPayload, "another secret of thirty-two bytes or more");
  clock.ms += 3_600_000;
  await assert.rejects(verify(tokens, foreign), invalid);
  await assert.rejects(verify(tokens, forge(goodHeader, goodPayload)), { reason: "TOKEN_EXPIRED" });
});

const { token_type: _type, ...untyped } = goodPayload;
const { exp: _exp, ...endless } = goodPayload;
const { nbf: _nbf, ...beginningless } = goodPayload;
const good = forge(goodHeader, goodPayload);
const [, goodBody = "", goodSignature = ""] = good.split(".");

test("the token that the bad ones are made from is good", async () => {
  const { tokens } = setUp();
  assert.deepEqual(await tokens.verify(good), { ...subject, tokenId: "j", expiresAtMs: startMs + 60_000 });
});

for (const [what, token] of [
  ["nothing", ""],
  ["no token", "abc"],
  ["alg none", `${encode({ ...goodHeader, alg: "none" })}.${goodBody}.`],
  ["alg none with a signature", forge({ ...goodHeader, alg: "none" }, goodPayload)],
  ["another algorithm of the same key", forge({ ...goodHeader, alg: "HS512" }, goodPayload)],
  ["an asymmetric algorithm", forge({ ...goodHeader, alg: "ES256" }, goodPayload)],
  ["an unknown key", forge({ ...goodHeader, kid: "other" }, goodPayload)],
  ["no key name", forge({ alg: "HS256", typ: "JWT" }, goodPayload)],
  ["a critical extension", forge({ ...goodHeader, crit: ["exp"], exp: 1 }, goodPayload)],
  ["another type", forge({ ...goodHeader, typ: "refresh+jwt" }, goodPayload)],
  ["another secret's signature", forge(goodHeader, goodPayload, "another secret of thirty-two bytes or more")],
  ["another issuer", forge(goodHeader, { ...goodPayload, iss: "other" })],
  ["another audience", forge(goodHeader, { ...goodPayload, aud: "other" })],
  ["the type of a refresh token", forge(goodHeader, { ...goodPayload, token_type: "refresh" })],
  ["no token type", forge(goodHeader, untyped)],
  ["no end", forge(goodHeader, endless)],
  ["no beginning", forge(goodHeader, beginningless)],
  ["an end that is no number", forge(goodHeader, { ...goodPayload, exp: "9999999999" })],
  ["an end between seconds", forge(goodHeader, { ...goodPayload, exp: goodPayload.exp + 0.5 })],
  ["no subject", forge(goodHeader, { ...goodPayload, sub: "" })],
  ["no session", forge(goodHeader, { ...goodPayload, sid: undefined })],
  ["a role that is no string", forge(goodHeader, { ...goodPayload, role: ["user"] })],
  ["claims that are no JSON", forge(goodHeader, "{")],
  ["claims that are no object", forge(goodHeader, "[]")],
  ["padding", `${good}=`],
  ["white space", ` ${good}`],
  ["a cut signature", good.slice(0, -4)],
  ["two tokens", `${good}, ${good}`],
  ["other claims under the same signature", good.replace(goodBody, encode({ ...goodPayload, role: "superadmin" }))],
  ["a refresh token", newRefreshToken().token],
  ["more than 8 KiB", forge(goodHeader, { ...goodPayload, more: "x".repeat(8192) })],
] as const)
  test(`a token with ${what} is refused with the one message`, async () => {
    await assert.rejects(verify(setUp().tokens, token), invalid);
  });

test("a signature has one spelling: bits that base64url ignores are refused", async () => {
  const { tokens } = setUp();
  await tokens.verify(good);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(goodSignature.at(-1) ?? "");
  for (let spare = 1; spare < 4; spare += 1) {
    const twin = good.slice(0, -1) + alphabet[last + spare];
    assert.deepEqual(Buffer.from(twin.split(".")[2] ?? "", "base64url"), Buffer.from(goodSignature, "base64url"));
    await assert.rejects(verify(tokens, twin), invalid);
  }
});

test("no change of one character leaves a token good", async () => {
  const { tokens } = setUp();
  await tokens.verify(good);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.constantFrom(..."AQgwz059-_.=+/ \u0000é"), async (at, letter) => {
      const changed = good.slice(0, at) + letter + good.slice(at + 1);
      fc.pre(changed !== good);
      await assert.rejects(verify(tokens, changed), invalid);
    }),
    { seed: 12, numRuns: 300 },
  );
});

test("arbitrary text is no token, and never anything worse", async () => {
  const { tokens } = setUp();
  const parts = fc.stringMatching(/^[\w-]{0,12}\.[\w-]{0,12}\.[\w-]{0,12}$/);
  const signed = fc.json().map((payload) => forge(goodHeader, payload));
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyText, parts, signed), (text) => assert.rejects(verify(tokens, text), invalid)),
    { seed: 13, numRuns: 300 },
  );
});

function pems(algorithm: "EdDSA" | "ES256") {
  const { privateKey } = algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privatePem: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    publicPem: String(createPublicKey(privateKey).export({ type: "spki", format: "pem" })),
  };
}

for (const algorithm of ["EdDSA", "ES256"] as const)
  test(`${algorithm} keys sign and verify; who has the public key cannot sign`, async () => {
    const { privatePem, publicPem } = pems(algorithm);
    const signer = setUp({ keys: createKeyRing({ signing: { kind: "pem", pem: privatePem, kid: "k" } }) });
    const verifier = setUp({
      keys: createKeyRing({ signing: { kind: "secret", secret, kid: "s" }, verification: [{ kind: "pem", pem: publicPem, kid: "k" }] }),
    });
    const { token } = await signer.tokens.issue(subject);
    assert.equal(decode(token.split(".")[0]).alg, algorithm);
    assert.equal((await verifier.tokens.verify(token)).userId, subject.userId);
    await assert.rejects(verify(verifier.tokens, forge(goodHeader, goodPayload, publicPem)), invalid);
    await assert.rejects(verify(verifier.tokens, forge({ ...goodHeader, alg: algorithm }, goodPayload, publicPem)), invalid);
    await assert.rejects(verify(signer.tokens, `${token.slice(0, token.lastIndexOf("."))}.AAAA`), invalid);
  });

test("a key is replaced without ending a session, and ends them when it leaves the ring", async () => {
  const before: KeySource = { kind: "secret", secret };
  const after: KeySource = { kind: "pem", pem: pems("EdDSA").privatePem };
  const rings = {
    first: createKeyRing({ signing: before, verification: [after] }),
    second: createKeyRing({ signing: after, verification: [before] }),
    third: createKeyRing({ signing: after }),
  };
  const [first, second, third] = [rings.first, rings.second, rings.third].map((keys) => setUp({ keys }).tokens);
  assert.ok(first && second && third);
  const former = (await first.issue(subject)).token;
  const latter = (await second.issue(subject)).token;
  for (const tokens of [first, second]) for (const token of [former, latter]) assert.equal((await tokens.verify(token)).role, "user");
  assert.equal((await third.verify(latter)).role, "user");
  await assert.rejects(verify(third, former), invalid);
});

test("the cache forgets the token that was used longest ago, and remembers no bad one", async () => {
  const { tokens } = setUp({ cacheSize: 2 });
  const issued = await Promise.all([1, 2, 3].map(async () => (await tokens.issue(subject)).token));
  const [one = "", two = "", three = ""] = issued;
  await tokens.verify(one);
  await tokens.verify(two);
  assert.ok(!(tokens.verify(one) instanceof Promise));
  await tokens.verify(three);
  assert.ok(!(tokens.verify(one) instanceof Promise));
  const again = tokens.verify(two);
  assert.ok(again instanceof Promise);
  await again;
  const bad = forge(goodHeader, goodPayload, "another secret of thirty-two bytes or more");
  await assert.rejects(verify(tokens, bad), invalid);
  await assert.rejects(verify(tokens, bad), invalid);
});

test("a lifetime that is none is refused at once", () => {
  assert.throws(() => setUp({ expirationSecs: 0 }), RangeError);
  assert.throws(() => setUp({ expirationSecs: 1.5 }), RangeError);
});
