import { ArcanaError, frameworkError } from "@arcana/framework/error";
import type { AccessTokens, Clock, SessionRepository, TokenClaims } from "./ports.ts";

/** Who the bearer of an access token is. @throws INVALID_TOKEN, TOKEN_EXPIRED */
export type Authenticate = (accessToken: string, signal?: AbortSignal) => Promise<TokenClaims>;

/** A token is as good as its session: once that has ended, a token that is not yet over is refused. */
export function createAuthenticate(deps: {
  readonly tokens: Pick<AccessTokens, "verify">;
  readonly sessions: Pick<SessionRepository, "findLive">;
  readonly clock: Clock;
}): Authenticate {
  return async (accessToken, signal) => {
    const claims = await deps.tokens.verify(accessToken);
    const session = await deps.sessions.findLive(claims.sessionId, deps.clock.now(), signal);
    if (session?.userId !== claims.userId) throw frameworkError("INVALID_TOKEN", "the session of the token has ended; log in again");
    return claims;
  };
}

export type TokenValidity =
  | { readonly valid: true; readonly claims: TokenClaims }
  /** `reason` is that of the error which the token would meet, such as TOKEN_EXPIRED. */
  | { readonly valid: false; readonly reason: string };

/** Answers where {@link Authenticate} throws; other failures are thrown. */
export async function validate(authenticate: Authenticate, accessToken: string, signal?: AbortSignal): Promise<TokenValidity> {
  try {
    return { valid: true, claims: await authenticate(accessToken, signal) };
  } catch (error) {
    if (error instanceof ArcanaError && error.code === "unauthenticated") return { valid: false, reason: error.reason };
    throw error;
  }
}
