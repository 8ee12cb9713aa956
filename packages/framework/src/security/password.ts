/**
 * Password hashes by Argon2id (RFC 9106), off the event loop and bounded: a burst of logins costs time, never memory.
 *
 * Each running hash takes `memoryKib` and one thread of libuv's pool, which has four unless `UV_THREADPOOL_SIZE` says
 * otherwise. File access, DNS and WebCrypto use the same threads: give the pool some more than `concurrency`.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type * as Argon2 from "@node-rs/argon2";
import { frameworkError } from "../error/index.ts";
import { createBulkhead } from "./bulkhead.ts";
import type { Argon2Cost, PhcHash } from "./phc.ts";
import { formatPhc, isAtMost, isLegal, parsePhc } from "./phc.ts";

export interface PasswordHasherOptions extends Partial<Argon2Cost> {
  /** Hashes that run at once. Default: one per available core. */
  readonly concurrency?: number;
  /** Hashes that wait for their turn. Default 256. */
  readonly queueLimit?: number;
  /** A clock that never goes back, in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Every method throws OVERLOADED where too many hashes wait, INVALID_ARGUMENT for a password that no client can mean
 * (longer than 4096 UTF-16 units, or with half a surrogate pair), and the signal's reason where it aborts the wait.
 */
export interface PasswordHasher<Hash extends string = string> {
  /** Hashes that run now, and hashes that wait: gauges for the metrics. */
  readonly running: number;
  readonly pending: number;
  hash(password: string, signal?: AbortSignal): Promise<Hash>;
  /**
   * `rehash`: the password is right, and the hash was made with other parameters than today's.
   *
   * @throws Error where the stored hash is none, or would cost absurdly much: a fault of the data, not of the caller.
   */
  verify(password: string, hash: Hash, signal?: AbortSignal): Promise<{ readonly matches: boolean; readonly rehash: boolean }>;
  /** Costs what `verify` costs and never matches: for a login whose user does not exist. */
  verifyNothing(password: string, signal?: AbortSignal): Promise<void>;
}

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const defaultCost: Argon2Cost = { memoryKib: 19_456, time: 2, parallelism: 1 };

/**
 * The most that a stored hash may cost to verify, whatever today's parameters are. Above RFC 9106's recommendation for
 * servers short of memory (64 MiB, three passes, four lanes), far below what hurts: a row that was tampered with must
 * not take the server's memory.
 */
const mostStored: Argon2Cost = { memoryKib: 262_144, time: 16, parallelism: 16 };

const saltBytes = 16;
const tagBytes = 32;
const mostPasswordUnits = 4096;

/** `Argon2id` and version 0x13 in the numbers of `@node-rs/argon2`, whose enums are declarations without a value. */
const argon2id = 2;
const version0x13 = 1;

/**
 * @typeParam Hash the caller's type of a hash, such as a branded string: what `hash` gives is what `verify` takes.
 * @throws RangeError for parameters that Argon2 is not defined for.
 */
export function createPasswordHasher<Hash extends string = string>(options: PasswordHasherOptions = {}): PasswordHasher<Hash> {
  const cost: Argon2Cost = {
    memoryKib: options.memoryKib ?? defaultCost.memoryKib,
    time: options.time ?? defaultCost.time,
    parallelism: options.parallelism ?? defaultCost.parallelism,
  };
  if (!isLegal(cost)) throw new RangeError("Argon2 needs time and parallelism of at least 1, and 8 KiB of memory for each lane");

  const bulkhead = createBulkhead({
    concurrency: options.concurrency ?? availableParallelism(),
    queueLimit: options.queueLimit ?? 256,
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  const settings: Argon2.Options = {
    algorithm: argon2id,
    version: version0x13,
    memoryCost: cost.memoryKib,
    timeCost: cost.time,
    parallelism: cost.parallelism,
    outputLen: tagBytes,
  };
  const limit = atLeast(mostStored, cost);
  // No password hashes to a random tag, short of finding a preimage of 256 bits.
  const nothing = formatPhc({ algorithm: "argon2id", version: 19, ...cost, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) });

  let native: Promise<typeof Argon2> | undefined;
  const argon2 = () => {
    native ??= import("@node-rs/argon2");
    return native;
  };
  const check = (hash: string, prepared: string, signal: AbortSignal | undefined) =>
    bulkhead.run(async () => (await argon2()).verify(hash, prepared), signal);

  return {
    get running() {
      return bulkhead.running;
    },
    get pending() {
      return bulkhead.pending;
    },
    async hash(password, signal) {
      const prepared = preparePassword(password);
      const hash = await bulkhead.run(async () => (await argon2()).hash(prepared, settings), signal);
      return hash as Hash;
    },
    async verify(password, hash, signal) {
      const prepared = preparePassword(password);
      const stored = parsePhc(hash);
      if (stored === undefined) throw new Error("a stored password hash is not an Argon2 hash in PHC form");
      if (!isAtMost(stored, limit)) throw new Error("a stored password hash asks for more memory or time than is allowed");
      const matches = await check(hash, prepared, signal);
      return { matches, rehash: matches && !isCurrent(stored, cost) };
    },
    async verifyNothing(password, signal) {
      await check(nothing, preparePassword(password), signal);
    },
  };
}

/**
 * The form in which a password is hashed, so that it is the same from every keyboard: the OpaqueString profile of
 * RFC 8265, section 4.2.2, which makes every space the ASCII one and applies Unicode's NFC. NIST SP 800-63B asks for a
 * normalisation too; of those it allows, the compatibility forms would make different passwords equal ("²" and "2").
 * Case, length and control characters stay: they are the user's choice.
 *
 * @throws INVALID_ARGUMENT for more than 4096 UTF-16 units, and for half a surrogate pair, which has no UTF-8 form.
 */
export function preparePassword(password: string): string {
  if (password.length > mostPasswordUnits)
    throw frameworkError("INVALID_ARGUMENT", `a password has at most ${mostPasswordUnits} characters`);
  if (!password.isWellFormed()) throw frameworkError("INVALID_ARGUMENT", "a password must be well-formed Unicode");
  return password.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

function isCurrent(stored: PhcHash, cost: Argon2Cost): boolean {
  return (
    stored.algorithm === "argon2id" &&
    stored.version === 19 &&
    stored.memoryKib === cost.memoryKib &&
    stored.time === cost.time &&
    stored.parallelism === cost.parallelism &&
    stored.salt.length >= saltBytes &&
    stored.tag.length === tagBytes
  );
}

function atLeast(limit: Argon2Cost, cost: Argon2Cost): Argon2Cost {
  return {
    memoryKib: Math.max(limit.memoryKib, cost.memoryKib),
    time: Math.max(limit.time, cost.time),
    parallelism: Math.max(limit.parallelism, cost.parallelism),
  };
}
