import type { DescService, Message } from "@bufbuild/protobuf";
import type { ContextValues, Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { callOf } from "./call.ts";
import { createDeadlineQueue } from "./deadline-queue.ts";

export interface DeadlineOptions {
  /** The longest a unary call may take, in milliseconds. A shorter deadline of the client's holds as well. */
  readonly timeoutMs: number;
}

/**
 * Ends unary calls that take too long with TIMEOUT, and calls whose client went away or whose own deadline passed with
 * that reason, even where the implementation does not listen to its signal. Streams live as long as their client wants.
 */
export function deadline({ timeoutMs }: DeadlineOptions): Interceptor {
  const deadlines = createDeadlineQueue(timeoutMs);
  return (next) => (request) => {
    if (request.stream) return next(request);
    const scoped = new ScopedRequest(request);
    return new Promise((resolve, reject) => {
      // Over REST the signal means only that the client is gone, and nobody waits for the answer: it is left unread,
      // for it is made where it is read.
      const signal = callOf(request).protocol === "rest" ? undefined : request.signal;
      const settle = (): void => {
        deadlines.lift(due);
        signal?.removeEventListener("abort", leave);
        scoped.settle();
      };
      const fail = (error: unknown): void => {
        settle();
        reject(error);
      };
      const leave = (): void => fail(signal?.reason);
      const due = deadlines.set(() => {
        const error = frameworkError("TIMEOUT", `the call took longer than ${timeoutMs} ms`);
        scoped.abort(error);
        fail(error);
      });
      signal?.addEventListener("abort", leave, { once: true });
      try {
        next(scoped).then((response) => {
          settle();
          resolve(response as UnaryResponse);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}

/** The request with a signal that also ends at the deadline; made only where somebody reads it. */
class ScopedRequest implements UnaryRequest {
  readonly stream = false;
  readonly method: UnaryRequest["method"];
  readonly message: Message;
  readonly requestMethod: string;
  readonly url: string;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  readonly #outer: UnaryRequest;
  #own: AbortController | undefined = undefined;
  #reason: Error | undefined = undefined;
  #unfollow: (() => void) | undefined = undefined;

  constructor(outer: UnaryRequest) {
    this.method = outer.method;
    this.message = outer.message;
    this.requestMethod = outer.requestMethod;
    this.url = outer.url;
    this.header = outer.header;
    this.contextValues = outer.contextValues;
    this.#outer = outer;
  }

  get service(): DescService {
    return this.method.parent;
  }

  /** Follows the outer signal by hand: `AbortSignal.any` takes 10 µs, more than all the rest of a call. */
  get signal(): AbortSignal {
    if (this.#own === undefined) {
      this.#own = new AbortController();
      const { signal } = this.#outer;
      if (this.#reason !== undefined) this.#own.abort(this.#reason);
      else if (signal.aborted) this.#own.abort(signal.reason);
      else this.#follow(signal);
    }
    return this.#own.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#own?.abort(reason);
  }

  /** The call is over: what happens to the outer signal is of no interest any more. */
  settle(): void {
    this.#unfollow?.();
  }

  #follow(signal: AbortSignal): void {
    const follow = (): void => this.#own?.abort(signal.reason);
    signal.addEventListener("abort", follow, { once: true });
    this.#unfollow = () => signal.removeEventListener("abort", follow);
  }
}
