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
