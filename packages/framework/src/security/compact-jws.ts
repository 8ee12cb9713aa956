/**
 * What is checked of a token before any cryptography: the form. Only tokens that are written the one canonical way pass,
 * so that a token has no second spelling which a deny-list, a cache or a log would not recognise.
 */

/** The parts of a protected header (RFC 7515, section 4.1) that decide how a token is verified. */
export interface TokenHeader {
  readonly alg: string;
  readonly typ: string;
  readonly kid: string;
}

/** Longer tokens are not read: an access token of this server is a tenth of it. */
export const mostTokenLength = 8192;

const tokenTypes: ReadonlySet<string> = new Set(["jwt", "at+jwt", "application/at+jwt"]);

/**
 * The header of a JWT in compact form (RFC 7515, section 7.1); undefined where it is none: too long, not three parts of
 * canonical base64url, a header that is no flat object of strings with each name once, without `alg`, `kid`, or a `typ`
 * of JWT or at+jwt, or with `crit`, whose extensions this server has none of.
 */
export function parseTokenHeader(token: string): TokenHeader | undefined {
  if (token.length > mostTokenLength) return undefined;
  const [header, payload, signature, ...more] = token.split(".", 4);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  if (![header, payload, signature].every(isCanonicalBase64Url)) return undefined;

  const members = parseFlatObject(Buffer.from(header, "base64url"));
  const [alg, typ, kid] = [members?.get("alg"), members?.get("typ"), members?.get("kid")];
  if (alg === undefined || typ === undefined || kid === undefined || members?.has("crit")) return undefined;
  return tokenTypes.has(typ.toLowerCase()) ? { alg, typ, kid } : undefined;
}

/**
 * Whether the text is how its bytes are written in base64url: no padding, no other letter, no bits left over
 * (RFC 4648, sections 3.5 and 5). The empty text is not.
 */
export function isCanonicalBase64Url(text: string): boolean {
  return text !== "" && Buffer.from(text, "base64url").toString("base64url") === text;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A JSON object whose values are strings and whose names are each there once; undefined for anything else. */
function parseFlatObject(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value);
  if (!members.every((member): member is [string, string] => typeof member[1] === "string")) return undefined;
  return countNames(text) === members.length ? new Map(members) : undefined;
}

/** How many strings of a flat JSON object stand before a colon. `JSON.parse` keeps the last of two equal names silently. */
function countNames(json: string): number {
  let names = 0;
  for (const [, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/gs)) if (colon === ":") names += 1;
  return names;
}
