import type { RefreshToken } from "../domain/session.ts";
import type { SessionId, User } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import type { AccessTokens, RefreshTokens } from "./ports.ts";

/** The tokens that a client gets. */
export interface TokenPair {
  readonly accessToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

/** For whom and for which session tokens are issued. */
interface TokenHolder {
  readonly user: User;
  readonly familyId: SessionId;
  readonly deviceId: string | undefined;
}

/** Makes a pair of tokens, and the refresh token as it is to be stored. Nothing is stored yet. */
export type IssueTokens = (
  holder: TokenHolder,
  at: Date,
  under: Circumstances,
) => Promise<{ readonly pair: TokenPair; readonly stored: RefreshToken }>;

export interface IssueTokensDeps {
  readonly tokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  /** Makes UUIDv7s. */
  readonly newId: () => string;
  /** How long a refresh token is good, in milliseconds. */
  readonly refreshTtlMs: number;
}

export function createIssueTokens({ tokens, refreshTokens, newId, refreshTtlMs }: IssueTokensDeps): IssueTokens {
  return async ({ user, familyId, deviceId }, at, { ipAddress, userAgent }) => {
    const access = await tokens.issue({ userId: user.id, sessionId: familyId, role: user.role });
    const refresh = refreshTokens.create();
    const stored: RefreshToken = {
      id: newId(),
      userId: user.id,
      tokenHash: refresh.hash,
      familyId,
      deviceId,
      userAgent,
      ipAddress,
      expiresAt: new Date(at.getTime() + refreshTtlMs),
      revokedAt: undefined,
      createdAt: at,
      lastUsedAt: at,
    };
    return { pair: { accessToken: access.token, expiresIn: access.expiresIn, refreshToken: refresh.token }, stored };
  };
}
