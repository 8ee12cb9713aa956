import { networkOf } from "../domain/network.ts";
import type { EndSessions, RefreshToken, Session } from "../domain/session.ts";
import type { SessionId, UserId } from "../domain/user.ts";
import { toDate, toMs } from "./columns.ts";
import type { Queries, TokenRow } from "./schema.ts";

export function toToken(row: TokenRow): RefreshToken {
  return {
    id: row.id,
    userId: row.user_id as UserId,
    tokenHash: row.token_hash,
    familyId: row.family_id as SessionId,
    deviceId: row.device_id ?? undefined,
    userAgent: row.user_agent ?? undefined,
    ipAddress: row.ip_address ?? undefined,
    expiresAt: toDate(row.expires_at),
    revokedAt: toDate(row.revoked_at),
    createdAt: toDate(row.created_at),
    lastUsedAt: toDate(row.last_used_at),
  };
}

export const sessionColumns = [
  "family_id",
  "user_id",
  "device_id",
  "user_agent",
  "ip_address",
  "family_started_at",
  "last_used_at",
  "expires_at",
] as const satisfies readonly (keyof TokenRow)[];

/** A session is seen by its youngest token, the only one of its family that is not spent. */
export function toSession(row: Pick<TokenRow, (typeof sessionColumns)[number]>): Session {
  return {
    id: row.family_id as SessionId,
    userId: row.user_id as UserId,
    deviceId: row.device_id ?? undefined,
    userAgent: row.user_agent ?? undefined,
    ipAddress: row.ip_address ?? undefined,
    createdAt: toDate(row.family_started_at),
    lastUsedAt: toDate(row.last_used_at),
    expiresAt: toDate(row.expires_at),
  };
}

/** @param startedAt when the family began: with its first token. */
export async function insertToken(trx: Queries, token: RefreshToken, startedAt: number): Promise<void> {
  const row = {
    id: token.id,
    user_id: token.userId,
    token_hash: token.tokenHash,
    family_id: token.familyId,
    family_started_at: startedAt,
    device_id: token.deviceId ?? null,
    user_agent: token.userAgent ?? null,
    ip_address: token.ipAddress ?? null,
    network: token.ipAddress === undefined ? null : networkOf(token.ipAddress),
    expires_at: toMs(token.expiresAt),
    revoked: token.revokedAt !== undefined,
    revoked_at: toMs(token.revokedAt),
    created_at: toMs(token.createdAt),
    last_used_at: toMs(token.lastUsedAt),
  };
  await trx.insertInto("oauth_tokens").values(row).execute();
}

/** Ends the sessions of the user that a write ends. */
export async function revokeTokens(trx: Queries, userId: UserId, ending: EndSessions, at: Date): Promise<void> {
  if (ending.which === "none") return;
  const ofUser = livingTokens(trx, at).where("user_id", "=", userId);
  await (ending.which === "others" ? ofUser.where("family_id", "!=", ending.keep) : ofUser).execute();
}

export async function revokeFamilies(trx: Queries, ids: readonly SessionId[], at: Date): Promise<void> {
  await livingTokens(trx, at).where("family_id", "in", ids).execute();
}

function livingTokens(trx: Queries, at: Date) {
  return trx
    .updateTable("oauth_tokens")
    .set({ revoked: true, revoked_at: toMs(at) })
    .where("revoked", "=", false);
}
