import { callOf } from "@arcana/framework/rpc";
import type { Caller } from "@arcana/framework/security";
import type { HandlerContext } from "@connectrpc/connect";
import { parseSessionId, parseUserId } from "../domain/id.ts";
import { parseRole } from "../domain/role.ts";
import type { Actor, SessionId } from "../domain/user.ts";
import type { Circumstances } from "../service/circumstances.ts";

/** The most of a user agent that is kept, without control characters: clients may send kilobytes, and nobody should be refused for it. */
const userAgentLength = 512;

/** Of tokens seen before, whom they name: the claims of one token are one object, however often it is sent. */
const known = new WeakMap<Caller, Identity>();

interface Identity {
  readonly actor: Actor;
  readonly sessionId: SessionId;
}

/** What a use case may know of the call. @throws INVALID_ARGUMENT for a token whose ids or role are none: a fault of who signed it. */
export function circumstancesOf({ values, signal }: Pick<HandlerContext, "values" | "signal">): Circumstances {
  const { caller, address, userAgent, requestId } = callOf({ values });
  const identity = caller && identityOf(caller);
  return {
    actor: identity?.actor,
    sessionId: identity?.sessionId,
    ipAddress: address || undefined,
    userAgent: userAgent.slice(0, userAgentLength).replace(/\p{Cc}/gu, "") || undefined,
    requestId,
    signal,
  };
}

function identityOf(caller: Caller): Identity {
  const seen = known.get(caller);
  if (seen !== undefined) return seen;
  const { userId, role, sessionId } = caller;
  const identity = { actor: { id: parseUserId(userId), role: parseRole(role) }, sessionId: parseSessionId(sessionId) };
  known.set(caller, identity);
  return identity;
}
