/**
 * Argon2 hashes as strings, `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`: the PHC string format as Argon2's reference
 * code writes it. Strict: what is read here is written back letter for letter.
 */

export const argon2Algorithms = ["argon2id", "argon2i", "argon2d"] as const;
type Argon2Algorithm = (typeof argon2Algorithms)[number];

/** What a hash costs to compute (RFC 9106, section 3.1). */
export interface Argon2Cost {
  /** Memory, in KiB; at least eight times `parallelism`. */
  readonly memoryKib: number;
  /** Passes over the memory. */
  readonly time: number;
  readonly parallelism: number;
}

export interface PhcHash extends Argon2Cost {
  readonly algorithm: Argon2Algorithm;
  /** 19 (0x13), or 16 for the hashes of before 2016. */
  readonly version: 16 | 19;
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
}

const form =
  /^\$(?<algorithm>argon2(?:id|i|d))\$v=(?<version>16|19)\$m=(?<m>[1-9]\d{0,9}),t=(?<t>[1-9]\d{0,9}),p=(?<p>[1-9]\d{0,7})\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<tag>[A-Za-z0-9+/]{22,86})$/;

/** RFC 9106, section 3.1: up to 2^32-1 KiB and passes, up to 2^24-1 lanes. */
const most = { memoryKib: 2 ** 32 - 1, time: 2 ** 32 - 1, parallelism: 2 ** 24 - 1 } as const;

/**
 * Reads a PHC string of Argon2 with a salt of 8 to 64 and a tag of 16 to 64 bytes. Undefined for anything else.
 * Shorter tags are legal Argon2 and are refused: too many passwords would match one.
 */
export function parsePhc(text: string): PhcHash | undefined {
  const parts = form.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { algorithm, salt: salt64 = "", tag: tag64 = "" } = parts;
  const salt = decode(salt64);
  const tag = decode(tag64);
  const cost: Argon2Cost = { memoryKib: Number(parts.m), time: Number(parts.t), parallelism: Number(parts.p) };
  if (salt === undefined || tag === undefined || !isLegal(cost)) return undefined;
  return {
    algorithm: algorithm === "argon2id" ? "argon2id" : algorithm === "argon2i" ? "argon2i" : "argon2d",
    version: parts.version === "19" ? 19 : 16,
    ...cost,
    salt,
    tag,
  };
}

export function formatPhc(hash: PhcHash): string {
  const { algorithm, version, memoryKib, time, parallelism, salt, tag } = hash;
  return `$${algorithm}$v=${version}$m=${memoryKib},t=${time},p=${parallelism}$${encode(salt)}$${encode(tag)}`;
}

/** Whether Argon2 is defined for the cost (RFC 9106, section 3.1). */
export function isLegal({ memoryKib, time, parallelism }: Argon2Cost): boolean {
  return isWithin(time, 1, most.time) && isWithin(parallelism, 1, most.parallelism) && isWithin(memoryKib, 8 * parallelism, most.memoryKib);
}

/** Whether no part of the cost is above the limit's. */
export function isAtMost(cost: Argon2Cost, limit: Argon2Cost): boolean {
  return cost.memoryKib <= limit.memoryKib && cost.time <= limit.time && cost.parallelism <= limit.parallelism;
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

/** Undefined where the text is not what its bytes are written as (RFC 4648, section 3.5). */
function decode(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return encode(bytes) === text ? new Uint8Array(bytes) : undefined;
}
