/** The edge: every contract over every protocol, through one chain of interceptors, and the plain routes beside them. */
import type { App, Clock, Readiness, Worker } from "@arcana/framework/app";
import { live, ready } from "@arcana/framework/app";
import type { Fault, Health, HttpRoute, Listener, Routes, ValidatorSource } from "@arcana/framework/rpc";
import {
  createDispatch,
  createGrpcServer,
  createHealth,
  createHttpServer,
  createPlainServer,
  deadline,
  operationsOf,
  reflection,
  servicesOf,
  swaggerUi,
  validation,
} from "@arcana/framework/rpc";
import type { KeyRing } from "@arcana/framework/security";
import { createAccessPolicy, createAuthenticate, createAuthorise } from "@arcana/framework/security";
import type { Logger, Metrics } from "@arcana/framework/telemetry";
import { accessLog, carryIds, measure, metricsContentType, observe, refusals } from "@arcana/framework/telemetry";
import type { Interceptor } from "@connectrpc/connect";
import type { Config } from "../config.ts";
import { publicContracts } from "../controller/routes.ts";
import { permissionsOf } from "../domain/permissions.ts";
import { roles } from "../domain/user.ts";
import type { AccessTokens } from "../service/ports.ts";
import { openApi } from "./maintenance.ts";
import type { Store } from "./store.ts";

export interface EdgeNeeds {
  /** All public contracts on their use cases. */
  readonly routes: Routes;
  readonly tokens: AccessTokens;
  readonly keys: KeyRing;
  readonly sessions: Store["sessions"];
  readonly validator: ValidatorSource;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly worker: Worker;
  readonly clock: Clock;
  /** How far the application is; asked while it serves. */
  readonly state: () => App["state"];
}

export interface Edge {
  readonly http: Listener;
  readonly grpc: Listener;
  /** Set where the metrics have a port of their own. */
  readonly metricsServer: Listener | undefined;
  /** The standard health service of gRPC. */
  readonly health: Health;
}

export function createEdge(config: Config, needs: EdgeNeeds): Edge {
  const { routes, metrics, log } = needs;
  const { rest, grpc, trustedProxies, corsOrigins, maxBodySizeBytes } = config.server;
  const { metricsEnabled, metricsPort, metricsHost } = config.observability;
  const health = createHealth({ services: publicContracts.map(({ typeName }) => typeName) });
  const grpcRoutes = all(routes, health.routes, reflection({ services: servicesOf(all(routes, health.routes)) }));
  const interceptors = chainOf(routes, config, needs);
  const onRefused = refusals(metrics, log);
  const scrape = metricsRoute(config, needs);

  const http = createHttpServer({
    ...rest,
    operations: operationsOf(publicContracts),
    dispatch: createDispatch(routes, interceptors),
    routes,
    interceptors,
    plainRoutes: metricsEnabled && metricsPort === undefined ? [...probes(needs), scrape] : probes(needs),
    plugins: [swaggerUi({ document: () => openApi(config), title: config.app.name })],
    maxBodyBytes: maxBodySizeBytes,
    trustedProxies,
    corsOrigins,
    isLeaving: () => needs.state() === "draining",
    onFault: (fault) => logFault(log, fault),
    onRefused,
  });
  const grpcServer = createGrpcServer({
    ...grpc,
    routes: grpcRoutes,
    interceptors: chainOf(grpcRoutes, config, needs),
    onRefused,
    maxMessageBytes: grpc.maxMessageSizeBytes,
    trustedProxies,
  });
  const onFault = (error: unknown): void => log.error({ err: error }, "a request failed");
  const metricsServer =
    metricsEnabled && metricsPort !== undefined
      ? createPlainServer({ host: metricsHost, port: metricsPort, routes: [scrape], onFault })
      : undefined;
  return { http, grpc: grpcServer, metricsServer, health };
}

/** The chain of every call, over every protocol, the outermost first. */
function chainOf(routes: Routes, config: Config, { tokens, sessions, validator, metrics, log, clock }: EdgeNeeds): readonly Interceptor[] {
  const operations = operationsOf(servicesOf(routes));
  const policy = createAccessPolicy({ roles, permissions: permissionsOf });
  return [
    observe(accessLog(log), ...(config.observability.metricsEnabled ? [measure(metrics)] : [])),
    carryIds(log),
    deadline({ timeoutMs: config.server.requestTimeoutMs }),
    createAuthenticate({
      operations,
      policy,
      verify: tokens.verify,
      isLive: ({ userId, sessionId }, call) => {
        const session = sessions.seekLive(sessionId, clock.now(), call);
        return session instanceof Promise ? session.then((found) => found?.userId === userId) : session?.userId === userId;
      },
    }),
    validation(validator),
    createAuthorise({ operations, policy }),
  ];
}

function probes({ readiness, keys }: EdgeNeeds): readonly HttpRoute[] {
  return [
    { path: "/live", answer: live },
    { path: "/ready", answer: () => ready(readiness) },
    { path: "/.well-known/jwks.json", answer: () => ({ status: 200, body: keys.jwks() }) },
  ];
}

/** The metrics of all workers, whichever is asked. */
function metricsRoute({ observability }: Config, { metrics, worker }: EdgeNeeds): HttpRoute {
  const gather = worker.share("metrics", () => metrics.read());
  return {
    path: observability.metricsPath,
    loopbackOnly: observability.metricsLoopbackOnly,
    answer: async () => ({ status: 200, contentType: metricsContentType, body: metrics.expose(await gather()) }),
  };
}

/** What an operation threw stands in the log already, by `accessLog`. */
function logFault(log: Logger, { error, requestId, traceId, method, path, dispatched }: Fault): void {
  if (!dispatched) log.error({ request_id: requestId, trace_id: traceId, method, path, err: error }, "a request failed");
}

function all(...parts: readonly Routes[]): Routes {
  return (router) => {
    for (const routes of parts) routes(router);
  };
}
