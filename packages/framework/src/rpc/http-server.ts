/** The HTTP port: REST by the contracts, Connect and gRPC-Web on their own paths, and the plain routes beside them. */
import type { AddressInfo } from "node:net";
import type { Interceptor } from "@connectrpc/connect";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import { fastify as createFastify } from "fastify";
import { trustProxies } from "./client-address.ts";
import { createConnectBinding } from "./connect/binding.ts";
import type { Operation } from "./contract.ts";
import type { Dispatch, Routes } from "./dispatch.ts";
import type { HttpRoute } from "./http-route.ts";
import { bodyText, isLocal, jsonContentType } from "./http-route.ts";
import type { Listener } from "./listener.ts";
import type { OnRefused } from "./refusal.ts";
import { createRestBinding } from "./rest/binding.ts";
import type { Fault } from "./rest/error-writer.ts";

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What REST serves. */
  readonly operations: readonly Operation[];
  /** Runs an operation for REST, through the interceptors. */
  readonly dispatch: Dispatch;
  /** What Connect and gRPC-Web serve. */
  readonly routes: Routes;
  /** Those of Connect and gRPC-Web, the first the outermost; error conversion is put around them. */
  readonly interceptors: readonly Interceptor[];
  readonly plainRoutes?: readonly HttpRoute[];
  /** Further plugins, such as the documentation. */
  readonly plugins?: readonly FastifyPluginAsync[];
  /** Whether REST refuses fields that the contract does not have. Default: false. */
  readonly strict?: boolean;
  /**
   * Whether {@link plugins} add headers or `onSend` hooks to answers of REST, which otherwise are written past them, a tenth faster.
   * Default: whether there are {@link corsOrigins}. On Connect's and gRPC-Web's answers hooks have no effect.
   */
  readonly sendHooks?: boolean;
  /** The largest body of operations whose contract names no bound, in bytes. Default: 10 MiB. */
  readonly maxBodyBytes?: number;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Origins whose pages may call; `*`: all. Default: none, and no CORS header is sent. */
  readonly corsOrigins?: readonly string[];
  /** How long a client may take to send its headers, in milliseconds. Default: 20 s. */
  readonly headerTimeoutMs?: number;
  /** How long a client may take to send the whole request, in milliseconds. Default: 60 s. */
  readonly receiveTimeoutMs?: number;
  /** How long an idle connection stays open, in milliseconds. Default: 72 s. */
  readonly keepAliveTimeoutMs?: number;
  /** Whether the server is about to go: then every answer ends its connection, so that clients move on in peace. */
  readonly isLeaving?: () => boolean;
  /** Told of the server's own faults, which clients do not see. */
  readonly onFault: (fault: Fault) => void;
  /** Told of every request to an operation that is refused before an interceptor sees it. Default: nobody is told. */
  readonly onRefused?: OnRefused;
}

/** How often connections that became idle are looked for while draining. */
const sweepMs = 20;

/** How often Node looks for clients that are too slow: a timeout is late by this much. */
const mostCheckingMs = 5_000;

/** Its `drain` answers what was asked, then closes; its `close` cuts the connections that are left. */
export function createHttpServer(options: HttpServerOptions): Listener {
  const { corsOrigins = [], sendHooks = corsOrigins.length > 0 } = options;
  const { maxBodyBytes = 10 * 1024 * 1024, headerTimeoutMs = 20_000, receiveTimeoutMs = 60_000, keepAliveTimeoutMs = 72_000 } = options;
  const { operations, dispatch, strict = false, onFault, onRefused, trustedProxies = [], isLeaving } = options;
  const rest = createRestBinding({
    operations,
    dispatch,
    strict,
    sendHooks,
    onFault,
    ...(onRefused && { onRefused }),
    ...(isLeaving && { isLeaving }),
  });
  const connect = createConnectBinding({ routes: options.routes, interceptors: options.interceptors, maxBodyBytes, onRefused });
  const fastify = createFastify({
    ...rest.serverOptions,
    bodyLimit: maxBodyBytes,
    // Fastify walks the header as `clientAddress` does.
    trustProxy: trustProxies(trustedProxies) ?? false,
    requestTimeout: receiveTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    http: {
      ...rest.serverOptions.http,
      headersTimeout: Math.min(headerTimeoutMs, receiveTimeoutMs),
      connectionsCheckingInterval: Math.min(mostCheckingMs, headerTimeoutMs / 4, receiveTimeoutMs / 4),
    },
  });
  let draining: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), sweepMs);
    await fastify.close();
    clearInterval(sweep);
  };

  return {
    address: () => fastify.server.address() as AddressInfo,
    async listen() {
      await registerCors(fastify, corsOrigins);
      await fastify.register(rest.plugin);
      await fastify.register(connect.plugin);
      for (const route of options.plainRoutes ?? []) registerPlain(fastify, route, trustedProxies.length > 0);
      for (const plugin of options.plugins ?? []) await fastify.register(plugin);
      await fastify.listen({ host: options.host, port: options.port });
    },
    drain() {
      draining ??= drain();
      return draining;
    },
    async close() {
      draining ??= drain();
      connect.shutDown();
      fastify.server.closeAllConnections();
      await draining;
    },
  };
}

async function registerCors(fastify: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const [{ cors }, { fastifyCors }] = await Promise.all([import("@connectrpc/connect"), import("@fastify/cors")]);
  await fastify.register(fastifyCors, {
    origin: origins.includes("*") ? "*" : [...origins],
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowedHeaders: [...cors.allowedHeaders, "authorization", "x-request-id", "traceparent"],
    exposedHeaders: [...cors.exposedHeaders, "x-request-id", "retry-after"],
    maxAge: 7200,
  });
}

function registerPlain(fastify: FastifyInstance, { path, loopbackOnly = false, answer }: HttpRoute, trustsProxies: boolean): void {
  fastify.get(path, async (request, reply) => {
    if (loopbackOnly && !isLocal(request.raw, trustsProxies ? request.ip : undefined)) return reply.callNotFound();
    const found = await answer();
    return reply
      .code(found.status)
      .header("cache-control", "no-store")
      .type(found.contentType ?? jsonContentType)
      .send(bodyText(found));
  });
}
