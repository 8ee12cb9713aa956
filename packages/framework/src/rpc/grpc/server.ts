/** gRPC over cleartext HTTP/2 on a port of its own. */
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Interceptor } from "@connectrpc/connect";
import type { Routes } from "../dispatch.ts";
import { servicesOf } from "../dispatch.ts";
import { lazily } from "../lazily.ts";
import type { Listener } from "../listener.ts";
import { listen } from "../listener.ts";
import type { OnRefused } from "../refusal.ts";
import { createReceiveLimits } from "./receive-limits.ts";
import { createSessions } from "./sessions.ts";

export interface GrpcServerOptions {
  readonly routes: Routes;
  /** The first is the outermost; error conversion is put around them. */
  readonly interceptors: readonly Interceptor[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** The largest message of operations whose contract names no bound, in bytes; a larger one is RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Streams a client may have open on one connection (RFC 9113 §5.1.2). Default: 100. */
  readonly maxConcurrentStreams?: number;
  /** Connections at once; what comes beyond them is closed. Default: 1000. */
  readonly maxConnections?: number;
  /** How long a client may take for its side of HTTP/2's preface (RFC 9113 §3.4), and to hang up in its turn, in milliseconds. Default: 20 s. */
  readonly handshakeTimeoutMs?: number;
  /**
   * How long a client may take to send its whole request, in milliseconds; where the request is a stream, each message of
   * it. Then the call ends with DEADLINE_EXCEEDED. Default: 60 s.
   */
  readonly receiveTimeoutMs?: number;
  /** How long a connection without streams stays open, in milliseconds. Default: 5 min. */
  readonly idleTimeoutMs?: number;
  /** How often a client is asked for a sign of life, in milliseconds; it is cut when it gave none until the next time. Default: 60 s. */
  readonly pingIntervalMs?: number;
  /** Told of every request to an operation that is refused before an interceptor sees it. Default: nobody is told. */
  readonly onRefused?: OnRefused;
}

/** As much as Node takes over HTTP/1.1. */
const maxHeaderBytes = 16 * 1024;

/**
 * A listener whose `drain` tells every client to go elsewhere (GOAWAY, RFC 9113 §6.8) and resolves when the last call has ended;
 * `close` ends the calls that are left with UNAVAILABLE.
 */
export function createGrpcServer(options: GrpcServerOptions): Listener {
  const { maxMessageBytes, maxConcurrentStreams = 100, maxConnections = 1000 } = options;
  const { handshakeTimeoutMs = 20_000, receiveTimeoutMs = 60_000, idleTimeoutMs = 300_000, pingIntervalMs = 60_000 } = options;
  const { routes, interceptors, trustedProxies = [], onRefused } = options;
  /** Loaded by the first request. */
  const handler = lazily(async () => {
    const { createGrpcHandler } = await import("./handler.ts");
    return createGrpcHandler({ routes, interceptors, trustedProxies, maxMessageBytes, onRefused });
  });
  const serve = async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
    const loaded = handler.loaded ?? (await handler.load());
    if (!request.stream.destroyed) loaded.serve(request, response);
  };
  const streaming = streamingPaths(routes);
  const limitReceiving = createReceiveLimits({
    timeoutMs: receiveTimeoutMs,
    maxSessionBytes: 2 * maxMessageBytes,
    maxBytes: 16 * maxMessageBytes,
    takesStream: (path) => streaming.has(path),
    // Before it is loaded nobody reads.
    errorOf: (error) => handler.loaded?.errorOf(error) ?? error,
  });
  // What is not read yet is bounded by HTTP/2's windows, of 64 KiB for each stream.
  const server = createServer({ settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes } }, (request, response) => {
    limitReceiving(request, response);
    request.stream.once("finish", () => discardRest(request.stream));
    void serve(request, response);
  });
  server.maxConnections = maxConnections;
  const sessions = createSessions({ handshakeTimeoutMs, idleTimeoutMs, pingIntervalMs });
  server.on("connection", sessions.accept);
  server.on("session", sessions.watch);
  server.on("sessionError", () => {});

  const drained = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  let draining: Promise<void> | undefined;
  return {
    address: () => server.address() as AddressInfo,
    listen: () => listen(server, options),
    drain() {
      draining ??= drained();
      sessions.leave();
      return draining;
    },
    async close() {
      draining ??= drained();
      handler.loaded?.shutDown();
      sessions.cut();
      await draining;
    },
  };
}

/** The paths of the methods whose request is a stream. */
function streamingPaths(routes: Routes): ReadonlySet<string> {
  const methods = servicesOf(routes).flatMap((service) => service.methods);
  const streaming = methods.filter(({ methodKind }) => methodKind === "client_streaming" || methodKind === "bidi_streaming");
  return new Set(streaming.map((method) => `/${method.parent.typeName}/${method.name}`));
}

/**
 * What is left unread of a message that was refused would keep the stream, and with it the connection, for ever: the request
 * that Node made of the stream pauses it when nobody reads, also where the request is gone.
 */
function discardRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded) return;
  stream.removeAllListeners("data");
  stream.resume();
}
