import type { DescService, Message } from "@bufbuild/protobuf";
import type { ContextValues, Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import type { Call } from "./call.ts";
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
  const timeout = (): Error => frameworkError("TIMEOUT", `the call took longer than ${timeoutMs} ms`);

  /** Nobody waits for the answer where the client is gone, so its going ends nothing here. */
  const endOwn = (call: Abortable, request: UnaryRequest, next: Next): Promise<UnaryResponse> =>
    new Promise((resolve, reject) => {
      const due = deadlines.set(() => {
        const error = timeout();
        call.abort(error);
        reject(error);
      });
      followed(next, request).then(
        (response) => {
          deadlines.lift(due);
          resolve(response);
        },
        (error: unknown) => {
          deadlines.lift(due);
          reject(error);
        },
      );
    });

  /** The adapter's signal knows of the client's deadline too; around it a signal of ours is put. */
  const endScoped = (request: UnaryRequest, next: Next): Promise<UnaryResponse> => {
    const { signal } = request;
    const scoped = new ScopedRequest(request);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        deadlines.lift(due);
        signal.removeEventListener("abort", leave);
      };
      const end = (error: Error): void => {
        scoped.abort(error);
        settle();
        reject(error);
      };
      const leave = (): void => end(signal.reason as Error);
      const due = deadlines.set(() => end(timeout()));
      signal.addEventListener("abort", leave, { once: true });
      followed(next, scoped).finally(settle).then(resolve, reject);
    });
  };

  return (next) => (request) => {
    if (request.stream) return next(request);
    const call = callOf(request);
    return isAbortable(call) ? endOwn(call, request, next) : endScoped(request, next);
  };
}

type Next = ReturnType<Interceptor>;
type Abortable = Call & { readonly abort: (reason: Error) => void };

function isAbortable(call: Call): call is Abortable {
  return call.abort !== undefined;
}

/** An interceptor keeps the kind of what it wraps; what it throws at once is a rejection like any other. */
function followed(next: Next, request: UnaryRequest): Promise<UnaryResponse> {
  try {
    return next(request) as Promise<UnaryResponse>;
  } catch (error) {
    return Promise.reject(error);
  }
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
