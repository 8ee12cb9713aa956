/**
 * The composition root: the one file that knows every part. Plain calls in the order of need, so a missing part is an error of
 * the compiler. Nothing happens at import.
 */
import { availableParallelism } from "node:os";
import type { App, Clock, Part, Worker } from "@arcana/framework/app";
import { createApp, createReadiness, live, ready, soleWorker, systemClock, uuidv7 } from "@arcana/framework/app";
import type { Migrator } from "@arcana/framework/data";
import { createMigrator, openDatabase } from "@arcana/framework/data";
import { frameworkErrors } from "@arcana/framework/error";
import { createEventBus } from "@arcana/framework/events";
import type { Fault, HttpRoute, Listener, OpenApi, Routes } from "@arcana/framework/rpc";
import {
  createDispatch,
  createGrpcServer,
  createHealth,
  createHttpServer,
  createPlainServer,
  deadline,
  loadOpenApiDocument,
  operationsOf,
  reflection,
  servicesOf,
  swaggerUi,
  validation,
} from "@arcana/framework/rpc";
import {
  createAccessPolicy,
  createAccessTokens,
  createAuthenticate,
  createAuthorise,
  createPasswordHasher,
  hashRefreshToken,
  isCommonPassword,
  newRefreshToken,
} from "@arcana/framework/security";
import type { Logger, Metrics } from "@arcana/framework/telemetry";
import {
  accessLog,
  carryIds,
  createMetrics,
  measure,
  measureProcess,
  metricsContentType,
  observe,
  refusals,
} from "@arcana/framework/telemetry";
import type { Interceptor } from "@connectrpc/connect";
import type { Config } from "./config.ts";
import { createRoutes, publicContracts } from "./controller/routes.ts";
import { domainErrors } from "./domain/errors.ts";
import { permissionsOf } from "./domain/permissions.ts";
import type { PasswordHash, Role, SessionId, UserId } from "./domain/user.ts";
import { roles } from "./domain/user.ts";
import { measureCloud } from "./metrics.ts";
import { plainPaths } from "./openapi-paths.ts";
import { cachedSessions } from "./repository/cached-session-repository.ts";
import { cached } from "./repository/cached-user-repository.ts";
import { createFreshness } from "./repository/freshness.ts";
import { createHousekeeping } from "./repository/housekeeping.ts";
import type { CloudDatabase, Schema } from "./repository/schema.ts";
import { sqlAttemptRepository } from "./repository/sql-attempt-repository.ts";
import { sqlAuditLog } from "./repository/sql-audit-log.ts";
import { sqlSessionRepository } from "./repository/sql-session-repository.ts";
import { sqlUserRepository } from "./repository/sql-user-repository.ts";
import { createAuthService } from "./service/auth-service.ts";
import type { Bootstrap } from "./service/bootstrap.ts";
import { createBootstrap } from "./service/bootstrap.ts";
import { createUserService } from "./service/user-service.ts";
import { loadKeyRing } from "./signing-keys.ts";
import { attemptRetentionMs, throttlePolicies } from "./throttle-policies.ts";
import { readVersion } from "./version.ts";
import { welcome } from "./welcome.ts";

export interface Surroundings {
  readonly log: Logger;
  /** Which of the processes this is that share the ports. Default: the only one. */
  readonly worker?: Worker;
  readonly clock?: Clock;
}

/** The application, and where it listens once it has started. */
export interface Cloud extends App {
  readonly ports: () => { readonly rest: number; readonly grpc: number };
}

/** Builds the whole graph. The database is open when this resolves; everything else waits for `start`. */
export async function compose(config: Config, { log, worker = soleWorker(), clock = systemClock }: Surroundings): Promise<Cloud> {
  const database = await openCloudDatabase(config, log);
  try {
    return await composeOn(database, config, { log, worker, clock });
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function composeOn(database: CloudDatabase, config: Config, { log, worker, clock }: Required<Surroundings>): Promise<Cloud> {
  const version = readVersion();
  const metrics = createMetrics();
  const readiness = createReadiness({ log });
  const events = createEventBus({ log });
  const store = createStore(database, config, clock);
  const passwords = createPasswords(config);
  const keys = await loadKeyRing(config, (message) => log.warn(message));
  const tokens = createAccessTokens<{ userId: UserId; sessionId: SessionId; role: Role }>({
    keys,
    issuer: config.security.issuer,
    audience: config.security.audience,
    expirationSecs: config.security.accessExpirationSecs,
    clockToleranceSecs: config.security.clockToleranceMs / 1000,
    clock,
  });

  const newId = (): string => uuidv7(clock.now());
  const needs = {
    ...store,
    passwords,
    tokens,
    clock,
    publisher: events,
    newId,
    isWeakPassword,
    throttle: throttlePolicies(config),
  };
  const refreshTokens = { create: newRefreshToken, hash: hashRefreshToken };
  const { refreshExpirationSecs, maxSessionsPerUser } = config.security;
  const auth = createAuthService({ ...needs, refreshTokens, refreshTtlMs: refreshExpirationSecs * 1000, maxSessionsPerUser });
  const users = createUserService(needs);

  const publicRoutes = createRoutes({ auth, users, health: { version, readiness } });
  const health = createHealth({ services: publicContracts.map(({ typeName }) => typeName) });
  const grpcRoutes = all(publicRoutes, health.routes, reflection({ services: servicesOf(all(publicRoutes, health.routes)) }));
  const policy = createAccessPolicy({ roles, permissions: permissionsOf });

  /** The chain of every call, over every protocol, the outermost first. */
  const interceptorsOf = (routes: Routes): readonly Interceptor[] => {
    const operations = operationsOf(servicesOf(routes));
    return [
      observe(accessLog(log), ...(config.observability.metricsEnabled ? [measure(metrics)] : [])),
      carryIds(log),
      deadline({ timeoutMs: config.server.requestTimeoutMs }),
      createAuthenticate({
        operations,
        policy,
        verify: tokens.verify,
        isLive: ({ userId, sessionId }, call) => {
          const session = store.sessions.seekLive(sessionId, clock.now(), call);
          return session instanceof Promise ? session.then((found) => found?.userId === userId) : session?.userId === userId;
        },
      }),
      validation(),
      createAuthorise({ operations, policy }),
    ];
  };

  const gather = worker.share("metrics", () => metrics.read());
  const metricsRoute: HttpRoute = {
    path: config.observability.metricsPath,
    loopbackOnly: config.observability.metricsLoopbackOnly,
    answer: async () => ({ status: 200, contentType: metricsContentType, body: metrics.expose(await gather()) }),
  };
  const { metricsEnabled, metricsPort } = config.observability;
  const probes: HttpRoute[] = [
    { path: "/live", answer: live },
    { path: "/ready", answer: () => ready(readiness) },
    { path: "/.well-known/jwks.json", answer: () => ({ status: 200, body: keys.jwks() }) },
  ];
  const interceptors = interceptorsOf(publicRoutes);
  const onRefused = refusals(metrics, log);
  const { rest, grpc, trustedProxies } = config.server;
  const http = createHttpServer({
    ...rest,
    operations: operationsOf(publicContracts),
    dispatch: createDispatch(publicRoutes, interceptors),
    routes: publicRoutes,
    interceptors,
    plainRoutes: metricsEnabled && metricsPort === undefined ? [...probes, metricsRoute] : probes,
    plugins: [swaggerUi({ document: () => openApi(config), title: config.app.name })],
    maxBodyBytes: config.server.maxBodySizeBytes,
    trustedProxies,
    corsOrigins: config.server.corsOrigins,
    isLeaving: () => app.state === "draining",
    onFault: (fault) => logFault(log, fault),
    onRefused,
  });
  const grpcServer = createGrpcServer({
    ...grpc,
    routes: grpcRoutes,
    interceptors: interceptorsOf(grpcRoutes),
    onRefused,
    maxMessageBytes: grpc.maxMessageSizeBytes,
    trustedProxies,
  });

  const onFault = (error: unknown): void => log.error({ err: error }, "a request failed");
  measureCloud(metrics, { passwords, events });
  const parts: Part[] = [
    {
      name: "database",
      ready: async () => void (await database.read("SELECT 1")),
      stop: () => database.close(),
    },
    { name: "schema", start: () => prepareSchema(database, config, log) },
    { name: "bootstrap", start: () => bootstrapAdmin(createBootstrap(needs), config, log) },
    // When the servers have stopped: until then a request may still publish.
    { name: "events", stop: () => events.drain() },
    ...(worker.number === 1 ? [housekeeping(store, config, clock, log)] : []),
    ...(metricsEnabled ? [processMetrics(metrics, { version, mode: config.deployment.mode })] : []),
    {
      name: "health",
      start: () => void readiness.watch((isReady) => health.setAll(isReady ? "serving" : "not_serving")),
      drain: () => health.close(),
    },
    serverPart("grpc", grpcServer, log),
    serverPart("http", http, log),
  ];
  if (metricsEnabled && metricsPort !== undefined) {
    parts.push(
      serverPart(
        "metrics",
        createPlainServer({ host: config.observability.metricsHost, port: metricsPort, routes: [metricsRoute], onFault }),
        log,
      ),
    );
  }
  parts.push({ name: "warm-up", start: () => warmUp(database, log) });
  // The last line of a start, once, however many workers there are.
  if (worker.number === 1) {
    parts.push({ name: "welcome", start: () => log.info(welcome(http.address(), grpcServer.address()), "ready") });
  }
  const app = createApp({
    parts,
    log,
    readiness,
    drainDelayMs: config.server.drainDelayMs,
    shutdownGraceMs: config.server.shutdownGraceMs,
  });
  return Object.assign(app, { ports: () => ({ rest: http.address().port, grpc: grpcServer.address().port }) });
}

/** What the repository tier offers, its caches in front. */
function createStore(database: CloudDatabase, config: Config, clock: Clock) {
  const caching = {
    freshness: createFreshness(database.changes),
    clock,
    maxEntries: config.cache.localMaxEntries,
    ttlMs: config.cache.userTtlMs,
  };
  return {
    users: cached(sqlUserRepository(database), caching),
    sessions: cachedSessions(sqlSessionRepository(database), caching),
    audit: sqlAuditLog(database),
    attempts: sqlAttemptRepository(database),
  };
}

function createPasswords({ security: { argon2 } }: Config) {
  const { memoryKib, time, parallelism, concurrency, queueLimit } = argon2;
  return createPasswordHasher<PasswordHash>({
    memoryKib,
    time,
    parallelism,
    concurrency: concurrency === "auto" ? availableParallelism() : concurrency,
    queueLimit,
  });
}

function isWeakPassword(password: string): boolean {
  return isCommonPassword(password);
}

function all(...parts: readonly Routes[]): Routes {
  return (router) => {
    for (const routes of parts) routes(router);
  };
}

async function prepareSchema(database: CloudDatabase, config: Config, log: Logger): Promise<void> {
  const migrator = migratorOf(database);
  if (config.database.migrateOnStart) {
    const names = await migrator.up();
    if (names.length > 0) log.info({ migrations: names }, "the schema was brought up to date");
    return;
  }
  const missing = (await migrator.status()).filter(({ appliedAt }) => appliedAt === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(`the database lacks ${missing.join(", ")}: run \`arcana migrate up\`, or set database.migrate_on_start`);
}

async function bootstrapAdmin(
  bootstrap: Bootstrap,
  { bootstrap: { adminEmail, adminUsername, adminPassword } }: Config,
  log: Logger,
): Promise<void> {
  if (adminEmail === undefined || adminPassword === undefined) return;
  const admin = await bootstrap.ensureAdmin({ ...noNames, email: adminEmail, username: adminUsername, password: adminPassword.reveal() });
  if (admin !== undefined) log.info({ user_id: admin.id, username: admin.username }, "the first superadmin was created");
}

const noNames = { firstName: undefined, lastName: undefined, name: undefined };

function housekeeping(store: ReturnType<typeof createStore>, config: Config, clock: Clock, log: Logger): Part {
  const { security, database } = config;
  const keeper = createHousekeeping({
    ...store,
    clock,
    tokenRetentionMs: security.refreshExpirationSecs * 1000,
    attemptRetentionMs: attemptRetentionMs(config),
    auditRetentionMs: database.auditRetentionDays === 0 ? undefined : database.auditRetentionDays * dayMs,
    onError: (error) => log.warn({ err: error }, "housekeeping failed"),
  });
  return { name: "housekeeping", start: () => keeper.start(), stop: () => keeper.stop() };
}

const dayMs = 86_400_000;

function processMetrics(metrics: Metrics, about: { readonly version: string; readonly mode: string }): Part {
  let sampling: Disposable | undefined;
  return {
    name: "process metrics",
    start() {
      sampling = measureProcess(metrics, about);
    },
    stop: () => sampling?.[Symbol.dispose](),
  };
}

function serverPart(name: string, server: Listener, log: Logger): Part {
  return {
    name,
    async start() {
      await server.listen();
      const { address, port } = server.address();
      log.info({ server: name, address, port }, "listening");
    },
    async drain(signal) {
      signal.addEventListener("abort", () => void server.close(), { once: true });
      await server.drain();
    },
    stop: () => server.close(),
  };
}

/** What an operation threw stands in the log already, by `accessLog`. */
function logFault(log: Logger, { error, requestId, traceId, method, path, dispatched }: Fault): void {
  if (!dispatched) log.error({ request_id: requestId, trace_id: traceId, method, path, err: error }, "a request failed");
}

/** What the first requests would otherwise wait for. It runs beside them. */
function warmUp(database: CloudDatabase, log: Logger): void {
  setImmediate(() => {
    database.kysely().catch((error: unknown) => log.warn({ err: error }, "warming up failed"));
  });
}

function openCloudDatabase({ database }: Config, log: Logger): Promise<CloudDatabase> {
  return openDatabase<Schema>(database.url, {
    synchronous: database.synchronous,
    busyTimeoutMs: database.busyTimeoutMs,
    onWarning: (message) => log.warn(message),
    ...(database.logQueries && { onStatement: (statement) => log.debug(statement, "statement") }),
  });
}

function migratorOf(database: CloudDatabase): Migrator {
  return createMigrator({ db: database, migrations: async () => (await import("../migrations/index.ts")).migrations });
}

/** Runs the work on the database's migrations, and closes it again. */
export async function withMigrator<T>(config: Config, log: Logger, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  await using database = await openCloudDatabase(config, log);
  return await work(migratorOf(database));
}

/** Runs the work with what creates administrators, on a schema that is up to date, and closes all again. */
export async function withBootstrap<T>(config: Config, log: Logger, work: (bootstrap: Bootstrap) => Promise<T>): Promise<T> {
  await using database = await openCloudDatabase(config, log);
  await prepareSchema(database, config, log);
  const publisher = createEventBus({ log });
  const needs = { ...createStore(database, config, systemClock), passwords: createPasswords(config), publisher, clock: systemClock };
  const done = await work(createBootstrap({ ...needs, newId: () => uuidv7(systemClock.now()), isWeakPassword }));
  await publisher.drain();
  return done;
}

/** The OpenAPI document of all public contracts. */
export async function openApi(config: Config): Promise<OpenApi> {
  const { comments } = await import("./gen/comments.ts");
  return loadOpenApiDocument({
    operations: operationsOf(publicContracts),
    comments,
    errors: { ...frameworkErrors, ...domainErrors },
    info: { title: config.app.name, version: readVersion() },
    paths: plainPaths(config),
  });
}
