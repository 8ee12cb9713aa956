/** How long a client may take to send, and how much of what it has not finished is held for it. */
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from "node:http2";
import { constants } from "node:http2";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import type { Deadline } from "../deadline-queue.ts";
import { createDeadlineQueue } from "../deadline-queue.ts";
import type { Budget } from "./budget.ts";
import { createBudget } from "./budget.ts";
import { MessageProgress } from "./message-progress.ts";

export interface ReceiveLimitsOptions {
  readonly timeoutMs: number;
  /** How much of unfinished messages is held for one connection, in bytes. */
  readonly maxSessionBytes: number;
  /** The same for all connections together. */
  readonly maxBytes: number;
  /** Whether the method at the path takes a stream, which may rest between its messages for as long as it likes. */
  readonly takesStream: (path: string) => boolean;
  /** The error in the form in which whoever reads the request can pass it on. */
  readonly errorOf: (error: ArcanaError) => Error;
}

/**
 * Looks after a request from its first moment on; interceptors see it only when its message has come in whole.
 *
 * A request must be there within the time; of a request that is a stream, each message. Otherwise it ends with
 * DEADLINE_EXCEEDED. Where too much is held already it ends with UNAVAILABLE; what fits into one frame of HTTP/2 is
 * never held. Once it is answered, and its client sends on regardless, its stream is reset (RFC 9113 §8.1).
 */
export function createReceiveLimits(options: ReceiveLimitsOptions): (request: Http2ServerRequest, response: Http2ServerResponse) => void {
  const { timeoutMs, maxSessionBytes, takesStream, errorOf } = options;
  const deadlines = createDeadlineQueue(timeoutMs);
  const total = createBudget(options.maxBytes);
  const bySession = new WeakMap<Http2Session, Budget>();

  const budgetOf = (session: Http2Session | undefined): Budget => {
    const known = session && bySession.get(session);
    if (known !== undefined) return known;
    const made = createBudget(maxSessionBytes, total);
    if (session !== undefined) bySession.set(session, made);
    return made;
  };

  return (request, response) => {
    const { stream } = request;
    const budget = budgetOf(stream.session);
    const progress = new MessageProgress();
    const isStream = takesStream(request.url);
    let heldBytes = 0;
    let due: Deadline | undefined;
    let over = false;

    const lift = (): void => {
      if (due !== undefined) deadlines.lift(due);
      due = undefined;
    };
    const set = (): void => {
      due = deadlines.set(expire);
    };
    const hold = (bytes: number): boolean => {
      if (bytes !== heldBytes && !budget.take(bytes - heldBytes)) return false;
      heldBytes = bytes;
      return true;
    };
    /** Nothing that comes from now on is read by anybody. */
    const end = (): void => {
      over = true;
      hold(0);
    };
    const refuse = (error: ArcanaError): void => {
      end();
      fail(request, response, errorOf(error));
    };
    const expire = (): void => {
      due = undefined;
      if (stream.destroyed || stream.readableEnded) return;
      // Who reads a stream message by message may let its client wait.
      if (isStream && !over && stream.isPaused()) set();
      else refuse(frameworkError("REQUEST_TIMEOUT", `the request did not arrive within ${timeoutMs} ms`));
    };
    // Unlike `on`, this does not begin to read: the adapter does.
    stream.prependListener("data", (chunk: Buffer) => {
      if (over) return;
      const completed = progress.advance(chunk);
      if (!hold(progress.unfinishedBytes)) refuse(frameworkError("OVERLOADED", "too many unfinished messages", { retryAfterMs: 1000 }));
      if (!isStream) return;
      if (completed) lift();
      if (due === undefined && progress.unfinishedBytes > 0) set();
    });
    stream.once("finish", () => {
      end();
      if (stream.readableEnded) lift();
      else if (due === undefined) set();
    });
    stream.once("close", () => {
      end();
      lift();
    });
    if (!isStream) set();
  };
}

/** Ends the request for its reader, which then answers with the status; where it is answered already, the stream is reset. */
function fail(request: Http2ServerRequest, response: Http2ServerResponse, error: Error): void {
  const reset = (): void => request.stream.close(constants.NGHTTP2_NO_ERROR);
  if (response.writableEnded) reset();
  if (request.destroyed) return;
  // At this event Node queues the trailers; a reset at once would overtake them.
  request.stream.once("wantTrailers", () => setImmediate(reset));
  // Where nobody reads, nobody else would hear of it.
  request.on("error", () => {});
  request.destroy(error);
}
