/**
 * Refresh tokens: 256 random bits that mean nothing by themselves. The server keeps their hash alone; since they cannot
 * be guessed, a fast hash without salt is enough (OWASP), and finds the token by one lookup.
 */
import { createHash, randomBytes } from "node:crypto";
import { frameworkError } from "../error/index.ts";
import { isCanonicalBase64Url } from "./compact-jws.ts";

/** Makes a leaked token recognisable, to people and to secret scanners. */
const prefix = "art_";
const tokenBytes = 32;
const form = /^art_[A-Za-z0-9_-]{43}$/;

export interface NewRefreshToken {
  /** Handed to the client, kept nowhere. */
  readonly token: string;
  /** What is stored: SHA-256 of the token, hex. */
  readonly hash: string;
}

export function newRefreshToken(): NewRefreshToken {
  const token = prefix + randomBytes(tokenBytes).toString("base64url");
  return { token, hash: sha256(token) };
}

/**
 * What the token is stored under.
 *
 * @throws INVALID_TOKEN for what is no refresh token by its form, such as an access token.
 */
export function hashRefreshToken(token: string): string {
  if (!form.test(token) || !isCanonicalBase64Url(token.slice(prefix.length)))
    throw frameworkError("INVALID_TOKEN", "the refresh token is not valid");
  return sha256(token);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
