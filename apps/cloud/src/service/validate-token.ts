import { ArcanaError } from "@arcana/framework/error";
import type { Circumstances } from "./circumstances.ts";
import type { AccessTokens, Clock, SessionRepository, TokenClaims } from "./ports.ts";

type TokenValidity =
  | { readonly valid: true; readonly claims: TokenClaims }
  /** `reason` is that of the error which the token would meet, such as TOKEN_EXPIRED. */
  | { readonly valid: false; readonly reason: string };

/** Tells whether an access token is good now: as good as its session. A bad one is an answer, not an error. */
export type ValidateToken = (accessToken: string, under: Circumstances) => Promise<TokenValidity>;

export function createValidateToken(deps: {
  readonly tokens: Pick<AccessTokens, "verify">;
  readonly sessions: Pick<SessionRepository, "findLive">;
  readonly clock: Clock;
}): ValidateToken {
  return async (accessToken, { signal }) => {
    try {
      const claims = await deps.tokens.verify(accessToken);
      const session = await deps.sessions.findLive(claims.sessionId, deps.clock.now(), signal);
      return session?.userId === claims.userId ? { valid: true, claims } : { valid: false, reason: "INVALID_TOKEN" };
    } catch (error) {
      if (error instanceof ArcanaError && error.code === "unauthenticated") return { valid: false, reason: error.reason };
      throw error;
    }
  };
}
