/**
 * The keys that access tokens are signed and verified with. One key signs; the others still verify, so that a key can
 * be replaced without ending any session: add the new key as a verification key everywhere, then let it sign, then drop
 * the old one when its last token has expired.
 */
import type { KeyObject } from "node:crypto";
import { createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";

export type SigningAlgorithm = "HS256" | "EdDSA" | "ES256";

/** Where a key comes from. `kid` is its public name; default: made from the key. */
export type KeySource =
  /** HS256. At least 32 bytes in UTF-8. */
  | { readonly kind: "secret"; readonly secret: string; readonly kid?: string }
  /**
   * EdDSA (Ed25519) or ES256 (P-256): the text of a PEM file. To sign: an unencrypted private key (PKCS #8 or SEC 1).
   * To verify: a public key, or a private one of which the public half is taken.
   */
  | { readonly kind: "pem"; readonly pem: string; readonly kid?: string };

export interface KeyRingOptions {
  readonly signing: KeySource;
  /** Further keys whose tokens are still, or already, accepted. The signing key may be among them. */
  readonly verification?: readonly KeySource[];
}

export interface VerificationKey {
  readonly kid: string;
  /** The one algorithm that the key is used with, whatever a token says (RFC 8725, section 3.1). */
  readonly algorithm: SigningAlgorithm;
  /** The secret, or the public key. */
  readonly key: KeyObject;
}

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The secret, or the private key. */
  readonly key: KeyObject;
}

/** A public key as `/.well-known/jwks.json` shows it (RFC 7517). */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: SigningAlgorithm;
}

export interface KeyRing {
  readonly signing: SigningKey;
  find(kid: string): VerificationKey | undefined;
  /** The public keys, the signing key's first. Empty where only secrets are in use: a secret is never shown. */
  jwks(): { readonly keys: readonly PublicJwk[] };
}

const leastSecretBytes = 32;

/**
 * @throws TypeError where a key is not readable, too short, of another kind than supported, or where two different keys
 * share a `kid`. The message names the key's place and never quotes it.
 */
export function createKeyRing({ signing, verification = [] }: KeyRingOptions): KeyRing {
  const signingKey = readSigningKey(signing);
  const keys = new Map<string, VerificationKey>();
  for (const key of [verificationHalf(signingKey), ...verification.map(readVerificationKey)]) {
    const former = keys.get(key.kid);
    if (former !== undefined && !former.key.equals(key.key)) throw new TypeError(`two different keys have the kid ${key.kid}`);
    keys.set(key.kid, key);
  }
  const jwks = { keys: [...keys.values()].filter(({ key }) => key.type === "public").map(toPublicJwk) };
  return { signing: signingKey, find: (kid) => keys.get(kid), jwks: () => jwks };
}

function readSigningKey(source: KeySource): SigningKey {
  if (source.kind === "secret") return readSecret(source, "the signing key");
  const key = readPem(() => createPrivateKey(source.pem), "the signing key", "an unencrypted private key");
  return { kid: source.kid ?? thumbprint(createPublicKey(key)), algorithm: algorithmOf(key, "the signing key"), key };
}

function readVerificationKey(source: KeySource, index: number): VerificationKey {
  const place = `verification key ${index + 1}`;
  if (source.kind === "secret") return readSecret(source, place);
  const key = readPem(() => createPublicKey(source.pem), place, "a public key");
  const algorithm = algorithmOf(key, place);
  return { kid: source.kid ?? thumbprint(key), algorithm, key };
}

function readSecret({ secret, kid }: Extract<KeySource, { kind: "secret" }>, place: string): SigningKey {
  // A public key taken for a secret would let everyone sign who can read it.
  if (secret.trimStart().startsWith("-----BEGIN")) throw new TypeError(`${place} is a PEM key, given as a secret`);
  const bytes = Buffer.from(secret, "utf8");
  if (bytes.length < leastSecretBytes)
    throw new TypeError(`${place} has ${bytes.length} bytes; a secret needs at least ${leastSecretBytes} (RFC 7518, section 3.2)`);
  return { kid: kid ?? secretName(bytes), algorithm: "HS256", key: createSecretKey(bytes) };
}

function readPem(read: () => KeyObject, place: string, wanted: string): KeyObject {
  try {
    return read();
  } catch (error) {
    throw new TypeError(`${place} is not ${wanted} in PEM form`, { cause: error });
  }
}

function verificationHalf({ kid, algorithm, key }: SigningKey): VerificationKey {
  return { kid, algorithm, key: key.type === "private" ? createPublicKey(key) : key };
}

function algorithmOf(key: KeyObject, place: string): SigningAlgorithm {
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  throw new TypeError(`${place} is of the kind ${key.asymmetricKeyType}; Ed25519 and EC P-256 are supported`);
}

/**
 * A name for a secret that tells nothing of it: an HMAC under the secret itself, of a text that no token's signing
 * input can be (it has no dot), cut to 96 bits.
 */
function secretName(secret: Buffer): string {
  return createHmac("sha256", secret).update("arcana key id").digest("base64url").slice(0, 16);
}

/** RFC 7638: SHA-256 over the required members, in alphabetical order, without white space. */
function thumbprint(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

function toPublicJwk({ kid, algorithm, key }: VerificationKey): PublicJwk {
  const { kty = "", crv = "", x = "", y } = key.export({ format: "jwk" });
  return { kty, crv, x, ...(y === undefined ? {} : { y }), kid, use: "sig", alg: algorithm };
}
