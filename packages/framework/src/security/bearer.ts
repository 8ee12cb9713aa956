/** Bearer tokens over HTTP (RFC 6750) within its authentication framework (RFC 9110, section 11). */
import type { ArcanaError } from "../error/index.ts";
import { frameworkError } from "../error/index.ts";

/**
 * The token of an `authorization` field. The scheme is compared without case; whether the rest is a token, its verifier
 * decides: two fields joined by a comma are none.
 *
 * @throws UNAUTHORIZED where there is no field, or one of another scheme; INVALID_TOKEN where nothing follows the scheme.
 */
export function bearerToken(authorization: string | null): string {
  const credentials = authorization ?? "";
  const isBearer = credentials.slice(0, 6).toLowerCase() === "bearer" && (credentials.length === 6 || credentials[6] === " ");
  if (!isBearer) throw frameworkError("UNAUTHORIZED", "this operation needs a bearer token");
  const token = credentials.slice(6).replace(/^ +/, "");
  if (token === "") throw frameworkError("INVALID_TOKEN", "the access token is not valid");
  return token;
}

/**
 * What `www-authenticate` says beside an error: every 401 carries a challenge (RFC 9110, section 15.5.2), with the error
 * where a token came (RFC 6750, section 3.1). Undefined for errors that are no 401.
 */
export function bearerChallenge(error: Pick<ArcanaError, "http" | "reason">): string | undefined {
  if (error.http !== 401) return undefined;
  if (error.reason === "TOKEN_EXPIRED") return 'Bearer error="invalid_token", error_description="the access token has expired"';
  if (error.reason === "INVALID_TOKEN") return 'Bearer error="invalid_token", error_description="the access token is not valid"';
  return "Bearer";
}
