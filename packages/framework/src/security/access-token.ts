/**
 * Access tokens: JWTs (RFC 7519) after the best current practice of RFC 8725, signed by one key of a {@link KeyRing}.
 * `jose` does the cryptography, and is loaded with the first token; a cache of verified tokens removes its cost.
 */
import { randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import { frameworkError } from "../error/index.ts";
import { mostTokenLength, parseTokenHeader } from "./compact-jws.ts";
import type { KeyRing } from "./keys.ts";

export interface AccessTokenOptions {
  readonly keys: KeyRing;
  /** `iss`: who signs. */
  readonly issuer: string;
  /** `aud`: for whom. */
  readonly audience: string;
  /** How long a token lives, in seconds. It ends at that second: no tolerance, since clients are told `expires_in`. */
  readonly expirationSecs: number;
  /** How far the issuer's clock may be ahead of ours, in seconds: a token is taken that much before its `nbf`. Default 5. */
  readonly clockToleranceSecs?: number;
  readonly clock: { now(): Date };
  /** Verified tokens that are remembered. Default 10000, about half a KiB each. 0: none. */
  readonly cacheSize?: number;
}

/** Whom a token is for. */
export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: string;
}

/** What a verified token says; with the default subject it is a `Caller`. */
export type AccessTokenClaims<Subject extends TokenSubject = TokenSubject> = Pick<Subject, keyof TokenSubject> & {
  /** The token's own id (`jti`). */
  readonly tokenId: string;
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
};

export interface AccessTokens<Subject extends TokenSubject = TokenSubject> {
  issue(subject: Subject): Promise<{
    readonly token: string;
    /** Seconds from now. */
    readonly expiresIn: number;
  }>;
  /**
   * What the token says, at once where it is remembered. Says nothing about whether the session still lives.
   *
   * @throws INVALID_TOKEN, with the same message whatever is wrong; TOKEN_EXPIRED for a token that was good. Either may
   * be thrown or be the promise's rejection.
   */
  verify(token: string): AccessTokenClaims<Subject> | Promise<AccessTokenClaims<Subject>>;
}

interface Verified<Subject extends TokenSubject> {
  readonly claims: AccessTokenClaims<Subject>;
  readonly notBeforeMs: number;
}

const tokenType = "access";

/**
 * @typeParam Subject the caller's own types of the ids and the role. They are what was signed, so what is verified has
 * them again.
 */
export function createAccessTokens<Subject extends TokenSubject = TokenSubject>(options: AccessTokenOptions): AccessTokens<Subject> {
  const { keys, issuer, audience, expirationSecs, clockToleranceSecs = 5, clock, cacheSize = 10_000 } = options;
  if (!Number.isInteger(expirationSecs) || expirationSecs < 1)
    throw new RangeError("expirationSecs must be a whole number of seconds above 0");
  const verified = cacheSize > 0 ? new LRUCache<string, Verified<Subject>>({ max: cacheSize }) : undefined;

  const requireCurrent = ({ claims, notBeforeMs }: Verified<Subject>) => {
    const nowMs = clock.now().getTime();
    if (nowMs >= claims.expiresAtMs) throw expired();
    if (nowMs < notBeforeMs - clockToleranceSecs * 1000) throw invalid();
    return claims;
  };

  const verifySignature = async (token: string) => {
    const key = findKey(keys, token);
    const jose = await loadJose();
    const { payload } = await jose
      .jwtVerify(token, key.key, {
        algorithms: [key.algorithm],
        issuer,
        audience,
        currentDate: clock.now(),
        clockTolerance: clockToleranceSecs,
      })
      .catch((error: unknown) => {
        throw error instanceof jose.JWTExpired ? expired() : error instanceof jose.JOSEError ? invalid(error) : error;
      });
    const found = readClaims<Subject>(payload);
    const claims = requireCurrent(found);
    verified?.set(token, found);
    return claims;
  };

  return {
    async issue({ userId, sessionId, role }) {
      const { SignJWT } = await loadJose();
      const { kid, algorithm, key } = keys.signing;
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const token = await new SignJWT({ sid: sessionId, role, token_type: tokenType })
        .setProtectedHeader({ alg: algorithm, typ: "JWT", kid })
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + expirationSecs)
        .sign(key);
      return { token, expiresIn: expirationSecs };
    },
    verify(token) {
      // A cache key is hashed whole, so length comes first.
      if (token.length > mostTokenLength) throw invalid();
      const known = verified?.get(token);
      return known === undefined ? verifySignature(token) : requireCurrent(known);
    },
  };
}

/** The parts of `jose` in use. Its index would load all of it, four times as long. */
async function loadJose() {
  const [{ SignJWT }, { jwtVerify }, { JOSEError, JWTExpired }] = await Promise.all([
    import("jose/jwt/sign"),
    import("jose/jwt/verify"),
    import("jose/errors"),
  ]);
  return { SignJWT, jwtVerify, JOSEError, JWTExpired };
}

function findKey(keys: KeyRing, token: string) {
  const header = parseTokenHeader(token);
  const key = header === undefined ? undefined : keys.find(header.kid);
  // The key decides the algorithm, never the token: with `none`, or a public key as an HMAC secret, anyone could sign.
  if (key === undefined || key.algorithm !== header?.alg) throw invalid();
  return key;
}

/** The claims as `issue` writes them; the signature has been verified, so other ones are another service's tokens. */
function readClaims<Subject extends TokenSubject>({ sub, sid, jti, role, nbf, exp, token_type }: JWTPayload): Verified<Subject> {
  if (token_type !== tokenType || !isId(sub) || !isId(sid) || !isId(jti) || !isId(role) || !isTime(nbf) || !isTime(exp)) throw invalid();
  const claims: AccessTokenClaims = { userId: sub, sessionId: sid, role, tokenId: jti, expiresAtMs: exp * 1000 };
  // Frozen, since every call with the token gets the same object.
  return { claims: Object.freeze(claims) as AccessTokenClaims<Subject>, notBeforeMs: nbf * 1000 };
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function invalid(cause?: unknown) {
  return frameworkError("INVALID_TOKEN", "the access token is not valid", cause === undefined ? {} : { cause });
}

function expired() {
  return frameworkError("TOKEN_EXPIRED", "the access token has expired");
}
