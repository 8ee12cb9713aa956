import type { SessionId, UserId } from "./user.ts";

/** A login that lives on by refreshing its tokens: the family of refresh tokens that descend from it. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly deviceId: string | undefined;
  readonly userAgent: string | undefined;
  readonly ipAddress: string | undefined;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When the youngest refresh token ends, and the session with it. */
  readonly expiresAt: Date;
}

/** A refresh token as it is stored: by its hash, never itself. */
export interface RefreshToken {
  readonly id: string;
  readonly userId: UserId;
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string;
  readonly familyId: SessionId;
  readonly deviceId: string | undefined;
  readonly userAgent: string | undefined;
  readonly ipAddress: string | undefined;
  readonly expiresAt: Date;
  /** Spent by a refresh, or ended with its session. */
  readonly revokedAt: Date | undefined;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/** Which sessions of a user end with a change. */
export type EndSessions = { readonly which: "none" } | { readonly which: "all" } | { readonly which: "others"; readonly keep: SessionId };
