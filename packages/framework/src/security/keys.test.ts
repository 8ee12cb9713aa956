import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { calculateJwkThumbprint } from "jose";
import { createKeyRing } from "./keys.ts";

const secret = "a secret of more than thirty-two bytes";
const other = "another secret of more than 32 bytes!";

function pemPair(pair: { privateKey: { export(o: object): string | Buffer }; publicKey: { export(o: object): string | Buffer } }) {
  return {
    privatePem: String(pair.privateKey.export({ type: "pkcs8", format: "pem" })),
    publicPem: String(pair.publicKey.export({ type: "spki", format: "pem" })),
  };
}

const ed25519 = pemPair(generateKeyPairSync("ed25519"));
const p256 = pemPair(generateKeyPairSync("ec", { namedCurve: "P-256" }));

test("a secret signs with HS256 under a name that is stable, its own, and not part of it", () => {
  const ring = createKeyRing({ signing: { kind: "secret", secret } });
  assert.equal(ring.signing.algorithm, "HS256");
  assert.equal(createKeyRing({ signing: { kind: "secret", secret } }).signing.kid, ring.signing.kid);
  assert.notEqual(createKeyRing({ signing: { kind: "secret", secret: other } }).signing.kid, ring.signing.kid);
  assert.match(ring.signing.kid, /^[A-Za-z0-9_-]{16}$/);
  assert.ok(!secret.includes(ring.signing.kid));
});

test("secrets are never shown among the public keys", () => {
  const ring = createKeyRing({ signing: { kind: "secret", secret }, verification: [{ kind: "secret", secret: other }] });
  assert.deepEqual(ring.jwks(), { keys: [] });
});

for (const [name, algorithm, pem] of [
  ["Ed25519", "EdDSA", ed25519],
  ["P-256", "ES256", p256],
] as const)
  test(`a private ${name} key signs with ${algorithm}, and its public half alone is shown under its RFC 7638 thumbprint`, async () => {
    const ring = createKeyRing({ signing: { kind: "pem", pem: pem.privatePem } });
    assert.equal(ring.signing.algorithm, algorithm);
    assert.equal(ring.signing.key.type, "private");
    const [jwk, ...further] = ring.jwks().keys;
    assert.ok(jwk !== undefined);
    assert.deepEqual(further, []);
    assert.equal(jwk.kid, await calculateJwkThumbprint({ ...jwk }));
    assert.equal(jwk.kid, ring.signing.kid);
    assert.deepEqual([jwk.use, jwk.alg], ["sig", algorithm]);
    assert.ok(!("d" in jwk));
    assert.equal(ring.find(jwk.kid)?.key.type, "public");
  });

test("former and coming keys verify beside the signing key, whatever their kind", () => {
  const ring = createKeyRing({
    signing: { kind: "pem", pem: ed25519.privatePem, kid: "now" },
    verification: [
      { kind: "pem", pem: p256.publicPem, kid: "former" },
      { kind: "secret", secret, kid: "oldest" },
      { kind: "pem", pem: ed25519.privatePem, kid: "now" },
    ],
  });
  assert.deepEqual(
    ["now", "former", "oldest", "never"].map((kid) => ring.find(kid)?.algorithm),
    ["EdDSA", "ES256", "HS256", undefined],
  );
  assert.deepEqual(
    ring.jwks().keys.map(({ kid }) => kid),
    ["now", "former"],
  );
  assert.equal(ring.find("former")?.key.type, "public");
});

test("two different keys of one name are refused", () => {
  assert.throws(
    () => createKeyRing({ signing: { kind: "secret", secret, kid: "k" }, verification: [{ kind: "secret", secret: other, kid: "k" }] }),
    /two different keys have the kid k/,
  );
  assert.throws(
    () =>
      createKeyRing({
        signing: { kind: "secret", secret, kid: "k" },
        verification: [{ kind: "pem", pem: p256.publicPem, kid: "k" }],
      }),
    /two different keys have the kid k/,
  );
});

test("what is no usable key is refused without quoting it", () => {
  const rsa = pemPair(generateKeyPairSync("rsa", { modulusLength: 2048 }));
  const p384 = pemPair(generateKeyPairSync("ec", { namedCurve: "P-384" }));
  const short = "too short a secret";
  const attempts: [() => unknown, RegExp][] = [
    [() => createKeyRing({ signing: { kind: "secret", secret: short } }), /at least 32/],
    [() => createKeyRing({ signing: { kind: "secret", secret: p256.publicPem } }), /PEM key, given as a secret/],
    [() => createKeyRing({ signing: { kind: "pem", pem: p256.publicPem } }), /signing key is not an unencrypted private key/],
    [() => createKeyRing({ signing: { kind: "pem", pem: "nonsense" } }), /signing key is not/],
    [() => createKeyRing({ signing: { kind: "pem", pem: rsa.privatePem } }), /signing key is of the kind rsa/],
    [() => createKeyRing({ signing: { kind: "pem", pem: p384.privatePem } }), /P-256 are supported/],
    [
      () => createKeyRing({ signing: { kind: "secret", secret }, verification: [{ kind: "pem", pem: "nonsense" }] }),
      /verification key 1 is not a public key/,
    ],
  ];
  for (const [attempt, message] of attempts)
    assert.throws(attempt, (error: Error) => {
      assert.match(error.message, message);
      return !error.message.includes(short) && !error.message.includes("nonsense");
    });
});

test("a secret is measured in bytes, not in characters", () => {
  assert.throws(() => createKeyRing({ signing: { kind: "secret", secret: "é".repeat(15) } }), /has 30 bytes/);
  assert.equal(createKeyRing({ signing: { kind: "secret", secret: "é".repeat(16) } }).signing.algorithm, "HS256");
});
