import type { ArcanaError } from "@arcana/framework/error";
import { domainError } from "../domain/errors.ts";
import type { Account, Passwords } from "./ports.ts";
import type { Throttle, ThrottleSubject } from "./throttle.ts";
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
  readonly subject: ThrottleSubject;
  readonly password: string;
  find(): Promise<Account | undefined>;
  readonly signal: AbortSignal | undefined;
}

/** @throws RATE_LIMIT_EXCEEDED while the subject is blocked, before anything is read or hashed; OVERLOADED */
export type CheckPassword = (attempt: PasswordAttempt) => Promise<PasswordVerdict>;

/**
 * Checks passwords in a way that tells nothing but right or wrong: an unknown account costs the same hashing, the same
 * reads and the same writes as a wrong password, and gets the same answer.
 *
 * The block is looked at again after hashing. Guesses sent all at once pass the first look together, but hashing is
 * bounded: when the later ones are through it, the earlier ones have been counted. Of the wrong ones exactly as many as
 * the policy allows learn that they were wrong, and a right one among the rest is answered as they are.
 */
export function createCheckPassword(deps: { readonly throttle: Throttle; readonly passwords: Passwords }): CheckPassword {
  const { throttle, passwords } = deps;

  async function verify({ password, signal }: PasswordAttempt, account: Account | undefined) {
    if (account !== undefined) return passwords.verify(password, account.passwordHash, signal);
    await passwords.verifyNothing(password, signal);
    return { matches: false, rehash: false };
  }

  async function refuse({ subject }: PasswordAttempt, account: Account | undefined): Promise<PasswordVerdict> {
    const blockedMs = await throttle.fail(subject);
    if (blockedMs > 0) return { right: false, account, reason: "throttled", error: tooManyAttempts(blockedMs) };
    const error = domainError("INVALID_CREDENTIALS", "the name or the password is wrong");
    return { right: false, account, reason: account === undefined ? "unknown_user" : "wrong_password", error };
  }

  return async (attempt) => {
    const { subject, signal } = attempt;
    const blockedMs = await throttle.blockedForMs(subject, signal);
    if (blockedMs > 0) throw tooManyAttempts(blockedMs);
    const account = await attempt.find();
    const { matches, rehash } = await verify(attempt, account);
    const blockedMeanwhileMs = await throttle.blockedForMs(subject, undefined);
    if (account === undefined || !matches || blockedMeanwhileMs > 0) return refuse(attempt, account);
    await throttle.forgive(subject, signal);
    return { right: true, account, rehash };
  };
}
