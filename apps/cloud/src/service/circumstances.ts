import { frameworkError } from "@arcana/framework/error";
import type { Actor, SessionId } from "../domain/user.ts";

/** Under which circumstances a use case runs: who asks, from where, until when. */
export interface Circumstances {
  /** Undefined where nobody is logged in. */
  readonly actor: Actor | undefined;
  readonly sessionId: SessionId | undefined;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  /** The request's id: the correlation id of the events it leads to. */
  readonly requestId: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Those of a command or of the start itself, which nobody sent. */
export const noCircumstances: Circumstances = {
  actor: undefined,
  sessionId: undefined,
  ipAddress: undefined,
  userAgent: undefined,
  requestId: undefined,
  signal: undefined,
};

/** Who asks. @throws UNAUTHORIZED where nobody is logged in. */
export function actorOf({ actor }: Circumstances): Actor {
  if (actor === undefined) throw frameworkError("UNAUTHORIZED", "this operation needs a bearer token");
  return actor;
}

/** The session in which the call was made. @throws UNAUTHORIZED where nobody is logged in. */
export function sessionOf({ sessionId }: Circumstances): SessionId {
  if (sessionId === undefined) throw frameworkError("UNAUTHORIZED", "this operation needs a bearer token");
  return sessionId;
}
