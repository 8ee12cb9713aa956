/** Slows down who guesses passwords: by account, and by address, so that neither many names nor many addresses help. */
import { hash } from "node:crypto";
import type { ArcanaError } from "@arcana/framework/error";
import { frameworkError } from "@arcana/framework/error";
import { networkOf } from "./network.ts";
import type { AttemptRepository, Attempts, Clock } from "./ports.ts";

/** The maths of one kind of key: how long it is blocked after how many failures. Pure. */
export interface ThrottlePolicy {
  /** The state after one more failure. */
  next(former: Attempts | undefined, now: Date): Attempts;
  /** 0: not blocked. */
  blockedForMs(attempts: Attempts | undefined, now: Date): number;
}

export interface ThrottlePolicies {
  readonly account: ThrottlePolicy;
  readonly address: ThrottlePolicy;
}

/** Whose failures are counted together. */
export interface ThrottleSubject {
  /** What is guessed at, such as a login. The same password may be tried by different ways, each counted for itself. */
  readonly kind: "login" | "password";
  readonly account: string;
  readonly ipAddress: string | undefined;
}

export interface Throttle {
  /** How long the subject is blocked now, in milliseconds; 0: not at all. */
  blockedForMs(subject: ThrottleSubject, signal: AbortSignal | undefined): Promise<number>;
  /**
   * Counts a failure, unless the subject is blocked already. Returns for how long it had been blocked before: of many
   * failures at once, only as many as the policy allows see 0. It takes no signal: who hangs up does not get a guess for free.
   */
  fail(subject: ThrottleSubject): Promise<number>;
  /** Forgets the failures of the account; those of the address stay, or one known password would cover any guessing. */
  forgive(subject: ThrottleSubject, signal: AbortSignal | undefined): Promise<void>;
}

/** The error of who must wait. */
export function tooManyAttempts(retryAfterMs: number): ArcanaError {
  return frameworkError("RATE_LIMIT_EXCEEDED", `too many attempts; try again in ${Math.ceil(retryAfterMs / 1000)} seconds`, {
    retryAfterMs,
  });
}

export function createThrottle(deps: {
  readonly attempts: AttemptRepository;
  readonly policies: ThrottlePolicies;
  readonly clock: Clock;
}): Throttle {
  const { attempts, policies, clock } = deps;

  async function blockedForMs({ key, policy }: Key, signal: AbortSignal | undefined): Promise<number> {
    return policy.blockedForMs(await attempts.find(key, signal), clock.now());
  }

  async function fail({ key, policy }: Key): Promise<number> {
    const now = clock.now();
    let formerlyMs = 0;
    const next = (former: Attempts | undefined): Attempts => {
      formerlyMs = policy.blockedForMs(former, now);
      return former !== undefined && formerlyMs > 0 ? former : policy.next(former, now);
    };
    await attempts.fail(key, now, next);
    return formerlyMs;
  }

  return {
    async blockedForMs(subject, signal) {
      return longest(keysOf(subject, policies), (key) => blockedForMs(key, signal));
    },
    async fail(subject) {
      return longest(keysOf(subject, policies), fail);
    },
    async forgive(subject, signal) {
      const { key } = accountKey(subject, policies);
      if ((await attempts.find(key, signal)) !== undefined) await attempts.clear(key, signal);
    },
  };
}

interface Key {
  readonly key: string;
  readonly policy: ThrottlePolicy;
}

async function longest(keys: readonly Key[], of: (key: Key) => Promise<number>): Promise<number> {
  let longestMs = 0;
  for (const key of keys) longestMs = Math.max(longestMs, await of(key));
  return longestMs;
}

function keysOf(subject: ThrottleSubject, policies: ThrottlePolicies): readonly Key[] {
  const { kind, ipAddress } = subject;
  const account = accountKey(subject, policies);
  return ipAddress === undefined ? [account] : [account, { key: `${kind}:address:${networkOf(ipAddress)}`, policy: policies.address }];
}

/** Hashed: what was typed as a name may be a mail address or, by mistake, a password, and may be of any length. */
function accountKey({ kind, account }: ThrottleSubject, policies: ThrottlePolicies): Key {
  return { key: `${kind}:account:${hash("sha256", account.trim().toLowerCase(), "hex")}`, policy: policies.account };
}
