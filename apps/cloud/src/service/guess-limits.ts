/** What limits guessing a password: the account, so that many addresses do not help, and the address, so that many names do not. */
import { networkOf } from "../domain/network.ts";
import type { UserId } from "../domain/user.ts";
import { nameHash } from "./name-hash.ts";
import type { SessionRepository } from "./ports.ts";
import type { Limit, ThrottlePolicy } from "./throttle.ts";

export interface GuessPolicies {
  readonly account: ThrottlePolicy;
  readonly address: ThrottlePolicy;
}

/** Whose password is guessed at: by what was typed at a login, or by the id of who is logged in. Each is counted for itself. */
export type GuessSubject = ({ readonly login: string } | { readonly id: UserId }) & { readonly ipAddress: string | undefined };

interface GuessLimits {
  readonly account: Limit;
  readonly all: readonly Limit[];
}

/**
 * The limits of guesses at the account from the address. An account has one counter for all strangers, and one for each network
 * that it was used from before (compare OWASP's device cookies): so strangers do not shut its owner out where they usually
 * log in, and all together have no more guesses than one. It costs one read, whether the account exists or not.
 */
export type FindGuessLimits = (subject: GuessSubject, signal: AbortSignal | undefined) => Promise<GuessLimits>;

export function createFindGuessLimits(deps: {
  readonly sessions: Pick<SessionRepository, "isKnownNetwork">;
  readonly policies: GuessPolicies;
}): FindGuessLimits {
  const { sessions, policies } = deps;

  return async (subject, signal) => {
    const [kind, name] = "id" in subject ? (["password", subject.id] as const) : (["login", subject.login] as const);
    const key = `${kind}:account:${nameHash(name)}`;
    if (subject.ipAddress === undefined) {
      const account = { key, policy: policies.account };
      return { account, all: [account] };
    }
    const network = networkOf(subject.ipAddress);
    const known = await sessions.isKnownNetwork(subject, network, signal);
    const account = { key: known ? `${key}:${network}` : key, policy: policies.account };
    return { account, all: [account, { key: `${kind}:address:${network}`, policy: policies.address }] };
  };
}
