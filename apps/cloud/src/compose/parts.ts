/** The parts of the process that need more than their own start and stop. */
import type { Clock, Part } from "@arcana/framework/app";
import type { Listener, ValidatorSource } from "@arcana/framework/rpc";
import { prepareRules } from "@arcana/framework/rpc";
import type { Logger, Metrics } from "@arcana/framework/telemetry";
import { measureProcess } from "@arcana/framework/telemetry";
import type { Config } from "../config.ts";
import { publicContracts } from "../controller/routes.ts";
import { createHousekeeping } from "../repository/housekeeping.ts";
import type { CloudDatabase } from "../repository/schema.ts";
import type { Bootstrap } from "../service/bootstrap.ts";
import type { Passwords } from "../service/ports.ts";
import type { Store } from "./store.ts";
import { attemptRetentionMs } from "./throttle-policies.ts";

const dayMs = 86_400_000;

/** A server that is listened to until the process stops; what still runs when the grace is over is cut. */
export function serverPart(name: string, server: Listener, log: Logger): Part {
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

export function processMetrics(metrics: Metrics, about: { readonly version: string; readonly mode: string }): Part {
  let sampling: Disposable | undefined;
  return {
    name: "process metrics",
    start() {
      sampling = measureProcess(metrics, about);
    },
    stop: () => sampling?.[Symbol.dispose](),
  };
}

export function housekeeping(store: Store, config: Config, clock: Clock, log: Logger): Part {
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

export interface WarmUpNeeds {
  readonly database: CloudDatabase;
  readonly validator: ValidatorSource;
  readonly passwords: Passwords;
  readonly log: Logger;
  /** Called when all is loaded. */
  readonly settle: () => void;
}

/**
 * Loads and compiles what the first requests would otherwise wait for, a third of a second together. The servers listen
 * already, and answer in between; load balancers wait until it is done, for only then the application is ready.
 */
export function warmUp({ database, validator, passwords, log, settle }: WarmUpNeeds): Part {
  const steps = [
    () => database.kysely(),
    () => prepareRules(validator, publicContracts),
    // Brings the native library, and one of the threads that hash.
    () => passwords.verifyNothing(""),
  ];
  return {
    name: "warm-up",
    async start(signal) {
      for (const step of steps) {
        signal.throwIfAborted();
        // What fails here fails again where it is needed, and is answered there.
        await step().catch((error: unknown) => log.warn({ err: error }, "warming up failed"));
      }
      settle();
    },
  };
}

/** Creates the first superadmin where the configuration names one and there is none. */
export async function bootstrapAdmin(
  bootstrap: Bootstrap,
  { bootstrap: { adminEmail, adminUsername, adminPassword } }: Config,
  log: Logger,
): Promise<void> {
  if (adminEmail === undefined || adminPassword === undefined) return;
  const admin = await bootstrap.ensureAdmin({ email: adminEmail, username: adminUsername, password: adminPassword.reveal() });
  if (admin !== undefined) log.info({ user_id: admin.id, username: admin.username }, "the first superadmin was created");
}
