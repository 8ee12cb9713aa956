import type { ArcanaError } from "@arcana/framework/error";
import { domainError } from "../domain/errors.ts";
import type { FindGuessLimits, GuessSubject } from "./guess-limits.ts";
import type { Account, Passwords } from "./ports.ts";
import type { Limit, Throttle } from "./throttle.ts";
import { tooManyAttempts } from "./throttle.ts";

/** What came of checking a password. A refusal is an answer, so that whoever asked records it before throwing its error. */
type PasswordVerdict =
  | { readonly right: true; readonly account: Account; readonly rehash: boolean }
  | {
      readonly right: false;
      readonly account: Account | undefined;
      readonly reason: "unknown_user" | "wrong_password" | "throttled";
      readonly error: ArcanaError;
    };

interface PasswordAttempt {
  readonly subject: GuessSubject;
  readonly password: string;
  find(): Promise<Account | undefined>;
  readonly signal: AbortSignal | undefined;
}

/** @throws RATE_LIMIT_EXCEEDED while the subject is blocked, before the account is read or anything is hashed; OVERLOADED */
export type CheckPassword = (attempt: PasswordAttempt) => Promise<PasswordVerdict>;

/**
 * Checks passwords in a way that tells nothing but right or wrong: an unknown account costs the same hashing, the same
 * reads and the same writes as a wrong password, and gets the same answer.
 *
 * The block is looked at again after hashing. Guesses sent all at once pass the first look together, but hashing is
 * bounded: when the later ones are through it, the earlier ones have been counted. Of the wrong ones exactly as many as
 * the policy allows learn that they were wrong, and a right one among the rest is answered as they are.
 */
export function createCheckPassword(deps: {
  readonly findGuessLimits: FindGuessLimits;
  readonly throttle: Throttle;
  readonly passwords: Passwords;
}): CheckPassword {
  const { findGuessLimits, throttle, passwords } = deps;

  async function verify({ password, signal }: PasswordAttempt, account: Account | undefined) {
    if (account !== undefined) return passwords.verify(password, account.passwordHash, signal);
    await passwords.verifyNothing(password, signal);
    return { matches: false, rehash: false };
  }

  async function refuse(limits: readonly Limit[], account: Account | undefined): Promise<PasswordVerdict> {
    const blockedMs = await throttle.count(limits);
    if (blockedMs > 0) return { right: false, account, reason: "throttled", error: tooManyAttempts(blockedMs) };
    const error = domainError("INVALID_CREDENTIALS", "the name or the password is wrong");
    return { right: false, account, reason: account === undefined ? "unknown_user" : "wrong_password", error };
  }

  return async (attempt) => {
    const { subject, signal } = attempt;
    const limits = await findGuessLimits(subject, signal);
    const blockedMs = await throttle.blockedForMs(limits.all, signal);
    if (blockedMs > 0) throw tooManyAttempts(blockedMs);
    const account = await attempt.find();
    const { matches, rehash } = await verify(attempt, account);
    const blockedMeanwhileMs = await throttle.blockedForMs(limits.all, undefined);
    if (account === undefined || !matches || blockedMeanwhileMs > 0) return refuse(limits.all, account);
    // Those of the address stay, or one known password would cover any guessing.
    await throttle.forgive(limits.account, signal);
    return { right: true, account, rehash };
  };
}
