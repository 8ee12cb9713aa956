// Tokens that are not good: each gets the same error over every protocol, tells nothing of what was wrong, and is not logged.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import type { Failure } from "../behaviour/ways.ts";
import { expectData, expectError } from "../behaviour/world.ts";
import { ask } from "./raw-http.ts";
import type { Target } from "./target.ts";
import { assertRefused, attacks, startTarget } from "./target.ts";
import type { Json } from "./tokens.ts";
import { ed25519, encode, hs256, partsOf, withLooseBits } from "./tokens.ts";

const auth = AuthService.method;
const secret = "a secret of the test that is long enough, and no other";
const folder = mkdtempSync(join(tmpdir(), "arcana-attack-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const keys = generateKeyPairSync("ed25519");
const keyFile = join(folder, "ed25519.pem");
writeFileSync(keyFile, keys.privateKey.export({ type: "pkcs8", format: "pem" }));

const bySecret = await startTarget({ "security.jwt_secret": secret });
const byKey = await startTarget({ "security.jwt_algorithm": "EdDSA", "security.jwt_signing_key_file": keyFile });
bySecret.secrets.push(secret);

/** The one error that the token gets, over every protocol; ValidateToken gives the same reason. */
async function verdictOn({ server, secrets }: Target, token: string): Promise<Failure> {
  // Shorter ones are words that a log may well have.
  if (token.length > 20) secrets.push(token);
  const errors: Failure[] = [];
  for (const way of server.ways) {
    errors.push(expectError(await way.call(auth.getCurrentUser, {}, { token })));
    if (token.length <= 8192) {
      const { valid, reason, user_id } = expectData(await way.call(auth.validateToken, { accessToken: token }));
      assert.deepEqual([valid, reason, user_id], [false, errors[0]?.reason, null]);
    }
  }
  const [first] = errors;
  assert.ok(first !== undefined);
  for (const error of errors) assert.deepEqual(error, first);
  return first;
}

const invalid: Failure = { code: "INVALID_TOKEN", reason: "INVALID_TOKEN", message: "the access token is not valid", fields: [] };

/** All tokens get the very same answer, so that it tells nothing of what was wrong. */
async function assertInvalid(target: Target, tokens: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, token] of Object.entries(tokens)) assert.deepEqual(await verdictOn(target, token), invalid, name);
}

const now = (): number => Math.floor(Date.now() / 1000);

/** The victim's token with other claims, signed by the server's own secret. */
function claims(changes: Json): string {
  const { header, payload } = partsOf(bySecret.victim.token);
  return hs256(secret, { header, payload: { ...payload, ...changes } });
}

function headed(changes: Json, key: string | Uint8Array = secret): string {
  const { header, payload } = partsOf(bySecret.victim.token);
  return hs256(key, { header: { ...header, ...changes }, payload });
}

attacks(bySecret, {
  "the forge is good: what it signs by the server's secret is taken": async ({ server, victim }) => {
    for (const way of server.ways) expectData(await way.call(auth.getCurrentUser, {}, { token: hs256(secret, partsOf(victim.token)) }));
  },

  "a token whose time is over is told so": async (target) => {
    const verdict = await verdictOn(target, claims({ exp: now() - 1, iat: now() - 3601, nbf: now() - 3601 }));
    assert.deepEqual([verdict.code, verdict.reason], ["TOKEN_EXPIRED", "TOKEN_EXPIRED"]);
  },

  "a token of another key is invalid, whether expired or not": (target) =>
    assertInvalid(target, {
      foreign: headed({}, "another secret that is just as long as the one of the server"),
      empty: headed({}, ""),
      expired: hs256("another secret", { ...partsOf(target.victim.token), payload: { exp: 1 } }),
    }),

  "a token that no key signed is invalid": (target) => {
    const { header, payload } = partsOf(target.victim.token);
    const none = ["none", "None", "NONE", "nOnE"].map((alg) => [alg, `${encode({ ...header, alg })}.${encode(payload)}.`] as const);
    const signed = ["none", ""].map((alg) => [`signed ${alg}`, headed({ alg })] as const);
    const [first, second] = target.victim.token.split(".");
    return assertInvalid(target, {
      ...Object.fromEntries([...none, ...signed]),
      "no signature": `${first}.${second}.`,
      "no third part": `${first}.${second}`,
      "four parts": `${target.victim.token}.x`,
      "five parts": "a.b.c.d.e",
    });
  },

  "a token with another algorithm, type or kid, or without, is invalid": (target) =>
    assertInvalid(target, {
      algorithm: headed({ alg: "HS384" }),
      asymmetric: headed({ alg: "RS256" }),
      kid: headed({ kid: "another" }),
      "no kid": headed({ kid: undefined }),
      "kid of a prototype": headed({ kid: "__proto__" }),
      "kid that is a path": headed({ kid: "../../../../dev/null" }, ""),
      "kid that is no text": headed({ kid: 1 }),
      type: headed({ typ: "refresh+jwt" }),
      "no type": headed({ typ: undefined }),
      critical: headed({ crit: ["exp"] }),
      "a key of its own": headed({ jwk: { kty: "oct", k: encode(secret) } }),
      "an address of a key": headed({ jku: 7, x5u: "https://evil.example" }),
    }),

  "a token whose claims are another's, or none, is invalid": (target) =>
    assertInvalid(target, {
      issuer: claims({ iss: "another" }),
      "no issuer": claims({ iss: undefined }),
      audience: claims({ aud: "another" }),
      "no audience": claims({ aud: undefined }),
      "not yet": claims({ nbf: now() + 600 }),
      "no end": claims({ exp: undefined }),
      "an end that is text": claims({ exp: "9999999999" }),
      "an end beyond time": claims({ exp: 1e308 }),
      "a refresh token by its claim": claims({ token_type: "refresh" }),
      "no kind": claims({ token_type: undefined }),
      "nobody's": claims({ sub: "" }),
      "no session": claims({ sid: undefined }),
    }),

  "a token of somebody else's session, or of none, is invalid": async (target) => {
    const { payload } = partsOf(target.server.root.token);
    for (const changes of [{ sub: payload.sub, role: "superadmin" }, { sid: payload.sid }, { sid: "1; DROP TABLE users" }]) {
      const verdict = await verdictOn(target, claims(changes));
      assert.equal(verdict.reason, "INVALID_TOKEN");
    }
  },

  "a token has one spelling": (target) => {
    const [header = "", payload = "", signature = ""] = target.victim.token.split(".");
    return assertInvalid(target, {
      "loose bits of the signature": `${header}.${payload}.${withLooseBits(signature)}`,
      padded: `${header}.${payload}.${signature}=`,
      "padded within": `${header}==.${payload}.${signature}`,
      "base64, not base64url": `${header}.${payload}.${signature.replace(/[-_]/g, "+")}+`,
      "a letter outside of the alphabet": `${header}.${payload}.${signature.slice(0, 5)}!${signature.slice(5)}`,
      "white space": `${header}.${payload}. ${signature}`,
      "a comma": `${target.victim.token},${target.victim.token}`,
      "more behind": `${target.victim.token}AAAA`,
    });
  },

  "a token that is no token is invalid": (target) =>
    assertInvalid(target, {
      word: "x",
      dots: "..",
      json: encode({ alg: "HS256" }),
      "not JSON": `${encode("{")}.${encode("{")}.AAAA`,
      "lists for parts": `${encode([])}.${encode([])}.AAAA`,
      "duplicate names": `${encode('{"alg":"none","alg":"HS256","typ":"JWT","kid":"x"}')}.${encode({})}.AAAA`,
      deep: `${encode(`${'{"a":'.repeat(900)}1${"}".repeat(900)}`)}.${encode({})}.AAAA`,
      "9 KB": claims({ padding: "x".repeat(9000) }),
    }),

  "a refresh token is no access token": async (target) => {
    assert.deepEqual(await verdictOn(target, target.victim.refreshToken), invalid);
  },

  "an access token is no refresh token, and nor is anything else": async ({ server, victim, secrets }) => {
    const forged = `art_${"A".repeat(43)}`;
    secrets.push(forged);
    for (const refreshToken of [
      victim.token,
      forged,
      victim.refreshToken.toUpperCase(),
      `${victim.refreshToken}=`,
      "x",
      withLooseBits(victim.refreshToken.slice(4)),
    ]) {
      for (const way of server.ways) {
        const error = expectError(await way.call(auth.refreshToken, { refreshToken }));
        assert.equal(error.reason, "INVALID_TOKEN");
      }
    }
  },

  "no token, and one of another scheme, are a missing token": async ({ server, secrets }) => {
    const password = "dXNlcjpodW50ZXI3";
    secrets.push(password);
    for (const headers of [{}, { authorization: `Basic ${password}` }, { authorization: "Bearerx" }, { authorization: "" }]) {
      for (const way of server.ways) {
        assert.equal(expectError(await way.call(auth.getCurrentUser, {}, { headers })).reason, "UNAUTHORIZED");
      }
    }
  },

  "two Authorization headers are refused, whichever is good": async ({ server: { ports }, victim }) => {
    const good = `Authorization: Bearer ${victim.token}\r\n`;
    for (const both of [`${good}Authorization: Bearer x\r\n`, `Authorization: Bearer x\r\n${good}`, good + good]) {
      const reply = await ask(ports.rest, `GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${both}\r\n`);
      assertRefused(reply, 400, "INVALID_ARGUMENT");
      const call = `POST /arcana.auth.v1.AuthService/GetCurrentUser HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n`;
      assertRefused(await ask(ports.rest, `${call}Content-Length: 2\r\n${both}\r\n{}`), 400, "INVALID_ARGUMENT");
    }
  },

  "a token in the query is none": async ({ server: { ports }, victim }) => {
    const reply = await ask(
      ports.rest,
      `GET /api/v1/auth/me?access_token=${victim.token}&authorization=Bearer%20${victim.token} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    assertRefused(reply, 401, "UNAUTHORIZED");
  },

  "every 401 carries a challenge": async ({ server: { ports } }) => {
    const me = (header: string) => ask(ports.rest, `GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header}\r\n`);
    assert.equal((await me("")).headers.get("www-authenticate"), "Bearer");
    assert.match((await me("Authorization: Bearer x\r\n")).headers.get("www-authenticate") ?? "", /^Bearer error="invalid_token"/);
  },
});

attacks(byKey, {
  "a public key is no secret: what is signed with it as one is invalid": async (target) => {
    const { header, payload } = partsOf(target.victim.token);
    const pem = keys.publicKey.export({ type: "spki", format: "pem" });
    const der = keys.publicKey.export({ type: "spki", format: "der" });
    const raw = Buffer.from(String(keys.publicKey.export({ format: "jwk" }).x), "base64url");
    const forged = { header: { ...header, alg: "HS256" }, payload };
    await assertInvalid(target, { pem: hs256(String(pem), forged), der: hs256(der, forged), raw: hs256(raw, forged) });
  },

  "a token of the other server, and of another key under the same kid, is invalid": async (target) => {
    const parts = partsOf(target.victim.token);
    await assertInvalid(target, {
      "the other server's": bySecret.victim.token,
      "another key": ed25519(generateKeyPairSync("ed25519").privateKey, parts),
    });
  },

  "the forge is good with keys, too": async ({ server, victim }) => {
    for (const way of server.ways)
      expectData(await way.call(auth.getCurrentUser, {}, { token: ed25519(keys.privateKey, partsOf(victim.token)) }));
  },
});
