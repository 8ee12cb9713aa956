/** Connect's `Transport` over gRPC: what `createClient` takes. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type Interceptor,
  type StreamResponse,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";
import { runStreamingCall, runUnaryCall } from "@connectrpc/connect/protocol";
import { defaultCompressions } from "../grpc/compression.ts";
import { DeadlineQueue } from "../grpc/deadline.ts";
import { MessageWriter } from "../grpc/message-writer.ts";
import { ReceivedMetadata } from "../grpc/metadata.ts";
import { type Clock, systemClock } from "../http2/clock.ts";
import type { HeaderBlock } from "../http2/header-block.ts";
import { defaultBackoff } from "./backoff.ts";
import type { Call, CallOptions } from "./call.ts";
import { type AnyMethodCalls, type CallContext, prepareMethod } from "./call-context.ts";
import { Channel } from "./channel.ts";
import { createResolver } from "./resolver.ts";
import { assertRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
import { RetryThrottle } from "./retry-throttle.ts";
import { StreamingCall } from "./streaming-call.ts";
import { parseTarget, type Target } from "./target.ts";
import type { GrpcTransportOptions } from "./transport-options.ts";
import { UnaryCall } from "./unary-call.ts";

/** Whether one call waits where no server can be reached: `createContextValues().set(waitForReady, true)`. */
export const waitForReady = createContextKey<boolean | undefined>(undefined, {
  description: "whether a gRPC call waits for a connection",
});

export interface GrpcTransport extends Transport {
  /**
   * Closes the connections. Calls that wait for one fail with `unavailable`.
   *
   * @param graceMs how long calls that run may take; without it as long as they need
   */
  close(graceMs?: number): void;
}

const MINUTES_MS = 60_000;

/** A clock whose timers keep the process alive: somebody waits for the call that they end. */
const callClock: Clock = {
  monotonicMs: systemClock.monotonicMs,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * Calls a server by gRPC. It connects with the first call, to all addresses of the server, and takes them in turn.
 *
 * @throws TypeError at a `baseUrl` that is none
 * @throws RangeError at a retry policy or throttle that is not valid
 */
export function createGrpcTransport(options: GrpcTransportOptions): GrpcTransport {
  const context = createContext(options);
  const { interceptors = [], defaultTimeoutMs, waitForReady: alwaysWaits = false } = options;
  const methods = new Map<DescMethod, AnyMethodCalls>();

  function prepared(method: DescMethod): AnyMethodCalls {
    let calls = methods.get(method);
    if (calls === undefined) {
      calls = prepareMethod(method, context);
      methods.set(method, calls);
    }
    return calls;
  }

  function callOptions(
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    metadata: Headers | undefined,
    values: ContextValues | undefined,
  ): CallOptions {
    return { signal, timeoutMs, metadata, waitForReady: values?.get(waitForReady) ?? alwaysWaits };
  }

  /** As Connect has it: none given is the default, and 0 no timeout at all. */
  function effectiveTimeout(timeoutMs: number | undefined): number | undefined {
    if (timeoutMs === undefined) return defaultTimeoutMs;
    return timeoutMs <= 0 ? undefined : timeoutMs;
  }

  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      const limitMs = effectiveTimeout(timeoutMs);
      const metadata = header === undefined ? undefined : new Headers(header);
      if (interceptors.length === 0) {
        const call = callOptions(signal, limitMs, metadata, contextValues);
        return callUnary(context, method, prepared(method), call, create(method.input, input));
      }
      return interceptUnary(method, { signal, timeoutMs: limitMs, metadata, input, contextValues });
    },
    stream(method, signal, timeoutMs, header, input, contextValues) {
      const limitMs = effectiveTimeout(timeoutMs);
      const metadata = header === undefined ? undefined : new Headers(header);
      if (interceptors.length === 0) {
        const call = callOptions(signal, limitMs, metadata, contextValues);
        return callStreaming(context, method, prepared(method), call, input);
      }
      return interceptStreaming(method, { signal, timeoutMs: limitMs, metadata, input, contextValues });
    },
    close: (graceMs) => context.channel.close(graceMs),
  };

  function interceptUnary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    given: Given<MessageInitShape<I>>,
  ): Promise<UnaryResponse<I, O>> {
    const { signal, timeoutMs, input } = given;
    return runUnaryCall<I, O>({
      interceptors: interceptors as Interceptor[],
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      req: { stream: false, method, ...commonRequest(method, given), message: input },
      next: (req) =>
        callUnary(context, method, prepared(method), callOptions(req.signal, timeoutMs, req.header, req.contextValues), req.message),
    });
  }

  function interceptStreaming<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    given: Given<AsyncIterable<MessageInitShape<I>>>,
  ): Promise<StreamResponse<I, O>> {
    const { signal, timeoutMs, input } = given;
    return runStreamingCall<I, O>({
      interceptors: interceptors as Interceptor[],
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      req: { stream: true, method, ...commonRequest(method, given), message: input },
      next: (req) =>
        callStreaming(
          context,
          method,
          prepared(method),
          callOptions(req.signal, timeoutMs, req.header, req.contextValues),
          req.message as AsyncIterable<MessageInitShape<I>>,
        ),
    });
  }

  function commonRequest(method: DescMethod, { metadata, contextValues }: Given<unknown>) {
    return {
      service: method.parent,
      requestMethod: "POST",
      url: prepared(method).url,
      header: metadata ?? new Headers(),
      contextValues: contextValues ?? createContextValues(),
    };
  }
}

/** What a call is given. */
interface Given<Input> {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly metadata: Headers | undefined;
  readonly input: Input;
  readonly contextValues: ContextValues | undefined;
}

function callUnary<I extends DescMessage, O extends DescMessage>(
  context: CallContext,
  method: DescMethodUnary<I, O>,
  calls: AnyMethodCalls,
  options: CallOptions,
  input: MessageShape<I>,
): Promise<UnaryResponse<I, O>> {
  return new Promise((resolve, reject) => {
    const call: UnaryCall = new UnaryCall(
      context,
      calls,
      options,
      input,
      (message) => resolve(respond(call, { stream: false as const, service: method.parent, method, message: message as MessageShape<O> })),
      reject,
    );
    call.begin();
  });
}

function callStreaming<I extends DescMessage, O extends DescMessage>(
  context: CallContext,
  method: DescMethodStreaming<I, O>,
  calls: AnyMethodCalls,
  options: CallOptions,
  input: AsyncIterable<MessageInitShape<I>>,
): Promise<StreamResponse<I, O>> {
  return new Promise((resolve, reject) => {
    const call: StreamingCall = new StreamingCall(
      context,
      calls,
      options,
      input as AsyncIterable<MessageInitShape<DescMessage>>,
      (error) => {
        const message = call as AsyncIterable<MessageShape<O>>;
        if (error !== undefined) reject(error);
        else resolve(respond(call, { stream: true as const, service: method.parent, method, message }));
      },
    );
    call.begin();
  });
}

/** Adds the metadata of the answer, made of its fields when somebody looks. Own properties, because interceptors spread answers. */
function respond<Response extends object>(
  call: Call,
  response: Response,
): Response & { readonly header: Headers; readonly trailer: Headers } {
  const header = lazyHeaders(() => call.head);
  const trailer = lazyHeaders(() => call.trailers);
  return Object.defineProperties(response, {
    header: { enumerable: true, get: header },
    trailer: { enumerable: true, get: trailer },
  }) as Response & { readonly header: Headers; readonly trailer: Headers };
}

function lazyHeaders(find: () => HeaderBlock | undefined): () => Headers {
  let received: Headers | undefined;
  return () => {
    const block = find();
    if (block === undefined) return new Headers();
    received ??= new ReceivedMetadata(block.fields).headers;
    return received;
  };
}

function createContext(options: GrpcTransportOptions): CallContext {
  const { clock = systemClock, random = Math.random, retry, tls, retryThrottling = { maxTokens: 10, tokenRatio: 0.1 } } = options;
  const target = parseTarget(options.baseUrl, tls !== undefined);
  const timers = options.clock ?? callClock;
  return {
    channel: createChannel(options, target, clock, random),
    target,
    clock: timers,
    deadlines: new DeadlineQueue(timers),
    writer: new MessageWriter(options.writeMaxBytes ?? 0xffff_ffff),
    format: options.useBinaryFormat === false ? "json" : "proto",
    acceptCompression: options.acceptCompression ?? defaultCompressions,
    sendCompression: options.sendCompression,
    compressMinBytes: options.compressMinBytes ?? 1024,
    readMaxBytes: options.readMaxBytes ?? 4_194_304,
    replayBytes: options.replayBytes ?? 262_144,
    throttle: retry === undefined ? undefined : new RetryThrottle(retryThrottling),
    retry: retryOf(retry),
    random,
  };
}

function retryOf(retry: GrpcTransportOptions["retry"]): (method: DescMethod) => RetryPolicy | undefined {
  if (typeof retry === "function") return retry;
  if (retry !== undefined) assertRetryPolicy(retry);
  return () => retry;
}

function createChannel(options: GrpcTransportOptions, target: Target, clock: Clock, random: () => number): Channel {
  return new Channel({
    name: target.authority,
    resolver: options.resolver ?? createResolver(target),
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    backoff: options.backoff ?? defaultBackoff,
    resolveIntervalMs: options.resolveIntervalMs ?? 30_000,
    maxConnections: options.maxConnections ?? 16,
    tls: target.scheme === "https" ? { servername: nameForTls(target), ...options.tls } : undefined,
    http2: { keepaliveIntervalMs: 5 * MINUTES_MS, idleTimeoutMs: 5 * MINUTES_MS, ...options.http2, clock },
    clock,
    random,
  });
}

/** SNI takes no addresses: RFC 6066 §3. */
function nameForTls({ isName, serverName }: Target): string {
  return isName || serverName === "localhost" ? serverName : "";
}
