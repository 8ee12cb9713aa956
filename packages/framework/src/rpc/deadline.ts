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
    const call = callOf(request);
    // A signal that is the call's own is ended as it is: it is made only where somebody reads it, and nobody waits for the
    // answer when the client is gone. Around an adapter's signal, which also knows the client's deadline, one of ours is put.
    const scoped = call.abort === undefined ? new ScopedRequest(request) : undefined;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        deadlines.lift(due);
        if (scoped !== undefined) request.signal.removeEventListener("abort", leave);
      };
      const fail = (error: unknown): void => {
        settle();
        reject(error);
      };
      const end = (error: Error): void => {
        (scoped ?? call).abort?.(error);
        fail(error);
      };
      const leave = (): void => end(request.signal.reason as Error);
      const due = deadlines.set(() => end(frameworkError("TIMEOUT", `the call took longer than ${timeoutMs} ms`)));
      if (scoped !== undefined) request.signal.addEventListener("abort", leave, { once: true });
      try {
        next(scoped ?? request).then((response) => {
          settle();
          resolve(response as UnaryResponse);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}

/** The request with a signal of its own; made only where somebody reads it. */
class ScopedRequest implements UnaryRequest {
  readonly stream = false;
  readonly method: UnaryRequest["method"];
  readonly message: Message;
  readonly requestMethod: string;
  readonly url: string;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  readonly #outer: AbortSignal;
  #controller: AbortController | undefined = undefined;
  #reason: Error | undefined = undefined;

  constructor(outer: UnaryRequest) {
    this.method = outer.method;
    this.message = outer.message;
    this.requestMethod = outer.requestMethod;
    this.url = outer.url;
    this.header = outer.header;
    this.contextValues = outer.contextValues;
    this.#outer = outer.signal;
  }

  get service(): DescService {
    return this.method.parent;
  }

  /** Not `AbortSignal.any`: that takes 10 µs, more than all the rest of a call. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
      else if (this.#outer.aborted) this.#controller.abort(this.#outer.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
