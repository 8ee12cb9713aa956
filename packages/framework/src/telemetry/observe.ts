import { performance } from "node:perf_hooks";
import type { Interceptor, StreamRequest, StreamResponse } from "@connectrpc/connect";
import type { Code } from "../error/index.ts";
import { frameworkError } from "../error/index.ts";
import type { Call } from "../rpc/call.ts";
import { callOf } from "../rpc/call.ts";
import { toArcanaError } from "../rpc/errors.ts";

type Next = ReturnType<Interceptor>;
export type CallRequest = Parameters<Next>[0];
type CallResponse = Awaited<ReturnType<Next>>;

/** Is told of every call; whatever it needs to know of one is in what it is told. */
export interface CallObserver {
  began?(request: CallRequest, call: Call): void;
  /** Once: with the answer, the error, the last message of a stream, or when the client leaves the stream. */
  ended(request: CallRequest, call: Call, end: CallEnd): void;
}

export interface CallEnd {
  /** Undefined where it went well. */
  readonly failure: Failure | undefined;
  readonly durationMs: number;
}

/** What a call ended with, where not well. */
export interface Failure {
  readonly thrown: unknown;
}

/** How a call ended: `ok`, or the code of its error. */
export type Outcome = Code | "ok";

export function outcomeOf(failure: Failure | undefined): Outcome {
  return failure === undefined ? "ok" : toArcanaError(failure.thrown).code;
}

/** Tells the observers of every call. Stands outside of all that may refuse one, so that they see refusals too. */
export function observe(...observers: readonly CallObserver[]): Interceptor {
  return (next) => (request) => {
    const call = callOf(request);
    const startedMs = performance.now();
    for (const observer of observers) observer.began?.(request, call);
    return followCall(request, next, (failure) => {
      const end = { failure, durationMs: performance.now() - startedMs };
      for (const observer of observers) observer.ended(request, call, end);
    });
  };
}

function followCall(request: CallRequest, next: Next, ended: (failure?: Failure) => void): Promise<CallResponse> {
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
