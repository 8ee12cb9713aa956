import type { Interceptor, StreamRequest, StreamResponse } from "@connectrpc/connect";
import type { Code } from "../error/index.ts";
import { frameworkError } from "../error/index.ts";
import { toArcanaError } from "../rpc/errors.ts";

/** What a call ended with, where not well. */
export interface Failure {
  readonly thrown: unknown;
}

type Next = ReturnType<Interceptor>;
type Request = Parameters<Next>[0];
type Response = Awaited<ReturnType<Next>>;

/** How a call ended: `ok`, or the code of its error. */
export type Outcome = Code | "ok";

export function outcomeOf(failure: Failure | undefined): Outcome {
  return failure === undefined ? "ok" : toArcanaError(failure.thrown).code;
}

/**
 * Makes the call, and tells `ended` once when it is over: with its answer, its error, the last message of its stream, or
 * when the client leaves the stream.
 */
export function followCall(request: Request, next: Next, ended: (failure?: Failure) => void): Promise<Response> {
  const failed = (thrown: unknown): never => {
    ended({ thrown });
    throw thrown;
  };
  try {
    return next(request).then((response) => {
      if (response.stream && request.stream) return followStream(request, response, ended);
      ended();
      return response;
    }, failed);
  } catch (thrown) {
    return failed(thrown);
  }
}

function followStream(request: StreamRequest, response: StreamResponse, ended: (failure?: Failure) => void): StreamResponse {
  const { signal } = request;
  let over = false;
  const end = (failure?: Failure): void => {
    if (over) return;
    over = true;
    signal.removeEventListener("abort", leave);
    ended(failure);
  };
  // A stream that is never read to its end, because nobody is there any more, ends by its signal alone.
  const leave = (): void => end({ thrown: signal.reason });
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  return { ...response, message: followMessages(response.message, end) };
}

async function* followMessages<T>(messages: AsyncIterable<T>, end: (failure?: Failure) => void): AsyncGenerator<T> {
  try {
    yield* messages;
    end();
  } catch (thrown) {
    end({ thrown });
    throw thrown;
  } finally {
    // Reached without an end where the reader stops in the middle.
    end({ thrown: frameworkError("CANCELED", "the stream was left before its end") });
  }
}
