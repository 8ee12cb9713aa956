import { callOf } from "@arcana/framework/rpc";
import type { Caller } from "@arcana/framework/security";
import type { HandlerContext } from "@connectrpc/connect";
import { parseSessionId, parseUserId } from "../domain/id.ts";
import { parseRole } from "../domain/role.ts";
import type { Actor } from "../domain/user.ts";
import type { Circumstances } from "../service/circumstances.ts";

/** The most of a user agent that is kept: clients may send kilobytes. */
const userAgentLength = 512;

/** What a use case may know of the call. @throws INVALID_ARGUMENT for a token whose ids or role are none: a fault of who signed it. */
export function circumstancesOf({ values, signal }: Pick<HandlerContext, "values" | "signal">): Circumstances {
  const { caller, address, userAgent, requestId } = callOf({ values });
  return {
    actor: caller && toActor(caller),
    sessionId: caller && parseSessionId(caller.sessionId),
    ipAddress: address || undefined,
    userAgent: userAgent.slice(0, userAgentLength) || undefined,
    requestId,
    signal,
  };
}

function toActor({ userId, role }: Caller): Actor {
  return { id: parseUserId(userId), role: parseRole(role) };
}
