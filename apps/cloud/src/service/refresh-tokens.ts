import { randomBytes } from "node:crypto";
import type { RefreshToken } from "../domain/session.ts";
import { sha256 } from "./sha256.ts";

/** 256 bits: nobody finds one by guessing, so a plain hash of it is enough to store. */
const tokenBytes = 32;

/** A new refresh token as the client gets it, and as it is stored. */
export function createRefreshToken(
  values: Pick<RefreshToken, "id" | "userId" | "familyId" | "deviceId" | "userAgent" | "ipAddress" | "expiresAt">,
  at: Date,
): { readonly token: string; readonly stored: RefreshToken } {
  const token = randomBytes(tokenBytes).toString("base64url");
  return { token, stored: { ...values, tokenHash: refreshTokenHash(token), revokedAt: undefined, createdAt: at, lastUsedAt: at } };
}

/** By what a presented token is found. */
export function refreshTokenHash(token: string): string {
  return sha256(token);
}
