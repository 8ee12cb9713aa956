import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { callOf } from "../rpc/call.ts";
import type { Operation } from "../rpc/contract.ts";
import type { AccessPolicy } from "./access.ts";
import { bearerToken } from "./bearer.ts";
import type { Caller } from "./caller.ts";

export interface AuthenticateOptions<Who extends Caller = Caller> {
  /** What is served. An operation that is not among them needs a token. */
  readonly operations: readonly Operation[];
  readonly policy: Pick<AccessPolicy, "guardOf">;
  /** What the token says. @throws INVALID_TOKEN, TOKEN_EXPIRED */
  readonly verify: (token: string) => Who | Promise<Who>;
  /**
   * Whether the token's session still lives. Asked on every call with a good token, so it should answer at once where it can,
   * and read the call's signal only where it waits: it is made when it is read.
   */
  readonly isLive: (caller: Who, call: { readonly signal: AbortSignal }) => boolean | Promise<boolean>;
}

type Next = ReturnType<Interceptor>;
type Request = Parameters<Next>[0];

/**
 * Finds out who calls and tells the {@link Call}. Public operations are served to anyone: what is wrong with a token there
 * is passed over, so that a client can log in while it still sends a stale one. Elsewhere no token is UNAUTHORIZED, a bad
 * one, or one of an ended session, is INVALID_TOKEN or TOKEN_EXPIRED.
 *
 * Nothing is awaited where `verify` and `isLive` answer at once.
 *
 * @throws TypeError, when made, where an operation's rule is missing or wrong.
 */
export function createAuthenticate<Who extends Caller = Caller>(options: AuthenticateOptions<Who>): Interceptor {
  const { operations, policy, verify, isLive } = options;
  const open: ReadonlySet<DescMethod> = new Set(
    operations.filter((operation) => policy.guardOf(operation).isPublic).map(({ method }) => method),
  );

  const requireLive = (caller: Who, call: { readonly signal: AbortSignal }): Caller | Promise<Caller> => {
    const live = isLive(caller, call);
    return typeof live === "boolean" ? ifLive(live, caller) : live.then((answer) => ifLive(answer, caller));
  };
  const identify = (request: Request): Caller | Promise<Caller> => {
    const caller = verify(bearerToken(request.header.get("authorization")));
    return caller instanceof Promise ? caller.then((verified) => requireLive(verified, request)) : requireLive(caller, request);
  };

  /** The caller, or nobody, whatever goes wrong: a public operation does not depend on it. */
  const identifyIfAny = (request: Request): Caller | undefined | Promise<Caller | undefined> => {
    if (request.header.get("authorization") === null) return undefined;
    try {
      const caller = identify(request);
      return caller instanceof Promise ? caller.catch(() => undefined) : caller;
    } catch {
      return undefined;
    }
  };

  return (next) => {
    const proceed = (request: Request, caller: Caller | undefined) => {
      callOf(request).caller = caller;
      return next(request);
    };
    return (request) => {
      try {
        const caller = open.has(request.method) ? identifyIfAny(request) : identify(request);
        return caller instanceof Promise ? caller.then((known) => proceed(request, known)) : proceed(request, caller);
      } catch (error) {
        return Promise.reject(error);
      }
    };
  };
}

function ifLive(live: boolean, caller: Caller): Caller {
  if (!live) throw frameworkError("INVALID_TOKEN", "the session of the access token has ended");
  return caller;
}
