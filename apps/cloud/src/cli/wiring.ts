/** What the commands do, by the composition root. It, and what else is heavy, is loaded when a command needs it. */
import type { Problem } from "@arcana/framework/config";
import { describeProblem } from "@arcana/framework/config";
import type { Migrator } from "@arcana/framework/data";
import type { RootLogger } from "@arcana/framework/telemetry";
import type { Config } from "../config.ts";
import type { Operations } from "./operations.ts";

const root = () => import("../compose.ts");
const maintenance = () => import("../compose/maintenance.ts");

export const operations: Operations = {
  start: runServer,
  migrateUp: (config) => onMigrations(config, (migrator) => migrator.up()),
  migrateDown: (config, steps) => onMigrations(config, (migrator) => migrator.down(steps)),
  migrationStatus: (config) => onMigrations(config, (migrator) => migrator.status()),
  createAdmin: async (config, account) =>
    (await maintenance()).withBootstrap(config, await quietLog(config), (bootstrap) => bootstrap.createAdmin(account)),
  openApi: async (config) => (await maintenance()).openApi(config),
};

async function runServer(config: Config, warnings: readonly Problem[]): Promise<number> {
  const { createLogger } = await import("@arcana/framework/telemetry");
  const { releaseMemory, runWorkers } = await import("@arcana/framework/app");
  const log = createLogger({ level: config.observability.logLevel, format: config.observability.logFormat, name: config.app.name });
  for (const warning of warnings) log.warn(describeProblem(warning));
  const { drainDelayMs, shutdownGraceMs, workers } = config.server;
  return runWorkers({
    count: workers,
    log,
    compose: async (worker) => (await root()).compose(config, { log, worker, settle: releaseMemory }),
    killAfterMs: drainDelayMs + shutdownGraceMs + 10_000,
  });
}

async function onMigrations<T>(config: Config, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  return (await maintenance()).withMigrator(config, await quietLog(config), work);
}

/** Commands print their result; of what happens inside only what goes wrong is of interest, and it goes to the standard error. */
async function quietLog({ observability: { logFormat } }: Config): Promise<RootLogger> {
  const { createLogger } = await import("@arcana/framework/telemetry");
  return createLogger({ level: "warn", format: logFormat, destination: 2 });
}
