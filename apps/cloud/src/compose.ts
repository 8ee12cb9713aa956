/**
 * The composition root, with its folder the only place that knows every part. Plain calls in the order of need, so a missing
 * part is an error of the compiler. Nothing happens at import.
 */
import type { App, Clock, Part, Worker } from "@arcana/framework/app";
import { createApp, createReadiness, soleWorker, systemClock, uuidv7 } from "@arcana/framework/app";
import { createEventBus } from "@arcana/framework/events";
import { lazyValidator } from "@arcana/framework/rpc";
import { createAccessTokens, hashRefreshToken, isCommonPassword, newRefreshToken } from "@arcana/framework/security";
import type { Logger } from "@arcana/framework/telemetry";
import { createMetrics } from "@arcana/framework/telemetry";
import { createEdge } from "./compose/edge.ts";
import { bootstrapAdmin, housekeeping, processMetrics, serverPart, warmUp } from "./compose/parts.ts";
import { createPasswords } from "./compose/passwords.ts";
import { loadKeyRing } from "./compose/signing-keys.ts";
import { createStore, openCloudDatabase, prepareSchema } from "./compose/store.ts";
import { throttlePolicies } from "./compose/throttle-policies.ts";
import { welcome } from "./compose/welcome.ts";
import type { Config } from "./config.ts";
import { createRoutes } from "./controller/routes.ts";
import type { Role, SessionId, UserId } from "./domain/user.ts";
import { measureCloud } from "./metrics.ts";
import type { CloudDatabase } from "./repository/schema.ts";
import { createAuthService } from "./service/auth-service.ts";
import { createBootstrap } from "./service/bootstrap.ts";
import { createUserService } from "./service/user-service.ts";
import { readVersion } from "./version.ts";

export interface Surroundings {
  readonly log: Logger;
  /** Which of the processes this is that share the ports. Default: the only one. */
  readonly worker?: Worker;
  readonly clock?: Clock;
  /** Called when everything is loaded, before the application is ready: for a process that is the application's alone. */
  readonly settle?: () => void;
}

/** The application, and where it listens once it has started. */
export interface Cloud extends App {
  readonly ports: () => { readonly rest: number; readonly grpc: number };
}

/** Builds the whole graph. The database is open when this resolves; everything else waits for `start`. */
export async function compose(config: Config, surroundings: Surroundings): Promise<Cloud> {
  const { log, worker = soleWorker(), clock = systemClock, settle = () => {} } = surroundings;
  const database = await openCloudDatabase(config, log);
  try {
    return await composeOn(database, config, { log, worker, clock, settle });
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function composeOn(database: CloudDatabase, config: Config, surroundings: Required<Surroundings>): Promise<Cloud> {
  const { log, worker, clock, settle } = surroundings;
  const version = readVersion();
  const metrics = createMetrics();
  const readiness = createReadiness({ log });
  const events = createEventBus({ log });
  const store = createStore(database, config, clock);
  const passwords = createPasswords(config);
  const keys = await loadKeyRing(config, (message) => log.warn(message));
  const { issuer, audience, accessExpirationSecs, refreshExpirationSecs, clockToleranceMs, maxSessionsPerUser } = config.security;
  const tokens = createAccessTokens<{ userId: UserId; sessionId: SessionId; role: Role }>({
    keys,
    issuer,
    audience,
    expirationSecs: accessExpirationSecs,
    clockToleranceSecs: clockToleranceMs / 1000,
    clock,
  });

  const newId = (): string => uuidv7(clock.now());
  const isWeakPassword = isCommonPassword;
  const throttle = throttlePolicies(config);
  const needs = { ...store, passwords, tokens, clock, publisher: events, newId, isWeakPassword, throttle };
  const refreshTokens = { create: newRefreshToken, hash: hashRefreshToken };
  const auth = createAuthService({ ...needs, refreshTokens, refreshTtlMs: refreshExpirationSecs * 1000, maxSessionsPerUser });
  const users = createUserService(needs);

  const routes = createRoutes({ auth, users, health: { version, readiness } });
  const { sessions } = store;
  const validator = lazyValidator();
  const edge = createEdge(config, {
    routes,
    tokens,
    keys,
    sessions,
    validator,
    readiness,
    metrics,
    log,
    worker,
    clock,
    state: () => app.state,
  });
  const { http, grpc, metricsServer, health } = edge;

  measureCloud(metrics, { passwords, events });
  const first = worker.number === 1;
  const parts: readonly (Part | false)[] = [
    { name: "database", ready: async () => void (await database.read("SELECT 1")), stop: () => database.close() },
    { name: "schema", start: () => prepareSchema(database, config, log) },
    { name: "bootstrap", start: () => bootstrapAdmin(createBootstrap(needs), config, log) },
    // When the servers have stopped: until then a request may still publish.
    { name: "events", stop: () => events.drain() },
    first && housekeeping(store, config, clock, log),
    config.observability.metricsEnabled && processMetrics(metrics, { version, mode: config.deployment.mode }),
    {
      name: "health",
      start: () => void readiness.watch((isReady) => health.setAll(isReady ? "serving" : "not_serving")),
      drain: () => health.close(),
    },
    serverPart("grpc", grpc, log),
    serverPart("http", http, log),
    metricsServer !== undefined && serverPart("metrics", metricsServer, log),
    warmUp({ database, validator, passwords, log, settle }),
    // The last line of a start, once, however many workers there are.
    first && { name: "welcome", start: () => log.info(welcome(http.address(), grpc.address()), "ready") },
  ];
  const app = createApp({
    parts: parts.filter((part) => part !== false),
    log,
    readiness,
    drainDelayMs: config.server.drainDelayMs,
    shutdownGraceMs: config.server.shutdownGraceMs,
  });
  return Object.assign(app, { ports: () => ({ rest: http.address().port, grpc: grpc.address().port }) });
}
