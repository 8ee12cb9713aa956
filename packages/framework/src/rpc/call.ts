/** What every interceptor and handler may know of the call it serves, whichever protocol it came by. */
import type { ContextKey, ContextValues, HandlerContext } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import type { Caller } from "../security/caller.ts";

export const protocols = ["rest", "grpc", "connect", "grpc-web"] as const;
export type Protocol = (typeof protocols)[number];

/** A call under way. One object a call; interceptors fill in what they find out. */
export interface Call {
  readonly requestId: string;
  /** The trace id of the client's `traceparent`, or the request id where there is none. */
  readonly traceId: string;
  readonly protocol: Protocol;
  /** The client's address; a proxy's word is taken only where the proxy is trusted. */
  readonly address: string;
  readonly userAgent: string;
  /** Set by `authenticate` where a good token came with the call. */
  caller: Caller | undefined;
  /** Aborts the call's signal with the reason. Missing where the signal belongs to a protocol's adapter. */
  readonly abort?: (reason: Error) => void;
}

/** As Connect's own function makes it, which comes with all of Connect. */
const callKey: ContextKey<Call | undefined> = { id: Symbol("the call under way"), defaultValue: undefined };

/** The context values of a call: to be had with one object, and read without a lookup. Other values go where they always do. */
class CallContext implements ContextValues {
  call: Call | undefined;
  #others: Map<symbol, unknown> | undefined = undefined;

  constructor(call: Call) {
    this.call = call;
  }

  get<T>(key: ContextKey<T>): T {
    if (key.id === callKey.id) return this.call as T;
    return this.#others?.has(key.id) ? (this.#others.get(key.id) as T) : key.defaultValue;
  }

  set<T>(key: ContextKey<T>, value: T): this {
    if (key.id === callKey.id) {
      this.call = value as Call | undefined;
    } else {
      this.#others ??= new Map();
      this.#others.set(key.id, value);
    }
    return this;
  }

  delete(key: ContextKey<unknown>): this {
    if (key.id === callKey.id) this.call = undefined;
    else this.#others?.delete(key.id);
    return this;
  }
}

/** Context values that hold the call. */
export function contextOf(call: Call): ContextValues {
  return new CallContext(call);
}

export function setCall(values: ContextValues, call: Call): ContextValues {
  return values.set(callKey, call);
}

/** The call under way. @throws TypeError where the server did not set it: a fault of the wiring, not of a client. */
export function callOf(context: { readonly contextValues: ContextValues } | Pick<HandlerContext, "values">): Call {
  const values = "values" in context ? context.values : context.contextValues;
  const call = values instanceof CallContext ? values.call : values.get(callKey);
  if (call === undefined) throw new TypeError("no call in the context: the server must set it before its interceptors run");
  return call;
}

/** The caller. @throws UNAUTHORIZED where nobody is logged in. */
export function callerOf(context: Pick<HandlerContext, "values">): Caller {
  const { caller } = callOf(context);
  if (caller === undefined) throw frameworkError("UNAUTHORIZED", "this operation needs a bearer token");
  return caller;
}
