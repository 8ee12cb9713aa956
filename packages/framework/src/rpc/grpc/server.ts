/** gRPC over cleartext HTTP/2 on a port of its own, by `@connectrpc/connect-node`. */
import type { Http2Session, ServerHttp2Session } from "node:http2";
import { constants, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { ContextValues, Interceptor } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import type { NodeServerRequest } from "@connectrpc/connect-node";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { frameworkError } from "../../error/index.ts";
import { setCall } from "../call.ts";
import type { Routes } from "../dispatch.ts";
import { toConnectError, wireErrors } from "../errors.ts";
import { incomingIds } from "../incoming-ids.ts";

export interface GrpcServerOptions {
  readonly routes: Routes;
  /** The first is the outermost; error conversion is put around them. */
  readonly interceptors: readonly Interceptor[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The largest request message, in bytes; a larger one is RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Streams a client may have open on one connection (RFC 9113 §5.1.2). */
  readonly maxConcurrentStreams: number;
}

export interface GrpcServer {
  readonly address: () => AddressInfo;
  readonly listen: () => Promise<void>;
  /** Takes no new connection, tells every client to go elsewhere (GOAWAY), and resolves when the last call has ended. */
  readonly drain: () => Promise<void>;
  /** Cuts what is still open. */
  readonly close: () => Promise<void>;
}

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const shutdown = new AbortController();
  const handler = connectNodeAdapter({
    routes: options.routes,
    interceptors: [wireErrors, ...options.interceptors],
    connect: false,
    grpcWeb: false,
    readMaxBytes: options.maxMessageBytes,
    shutdownSignal: shutdown.signal,
    contextValues,
    fallback: (_request, response) => {
      // The form a gRPC client understands: HTTP 200, the status in the headers (trailers-only).
      response.writeHead(200, { "content-type": "application/grpc", "grpc-status": "12", "grpc-message": "unknown service or method" });
      response.end();
    },
  });
  const server = createServer({ settings: { maxConcurrentStreams: options.maxConcurrentStreams } }, handler);
  const sessions = new Set<Http2Session>();
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    // Without a listener a broken peer would end the process.
    session.on("error", () => session.destroy());
  });
  server.on("sessionError", () => {});

  const drained = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  let draining: Promise<void> | undefined;
  return {
    address: () => server.address() as AddressInfo,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port, options.host, () => {
          server.off("error", reject);
          server.on("error", () => {});
          resolve();
        });
      }),
    drain() {
      draining ??= drained();
      for (const session of sessions) session.close();
      return draining;
    },
    async close() {
      draining ??= drained();
      shutdown.abort(toConnectError(frameworkError("UNAVAILABLE", "the server is shutting down")));
      for (const session of sessions) session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
      await draining;
    },
  };
}

function contextValues(request: NodeServerRequest): ContextValues {
  return setCall(createContextValues(), {
    ...incomingIds(request.headers),
    protocol: "grpc",
    address: request.socket.remoteAddress ?? "",
    userAgent: request.headers["user-agent"] ?? "",
    caller: undefined,
  });
}
