/** What the commands do, by the composition root, which is loaded when a command needs it. */
import { runWorkers } from "@arcana/framework/app";
import type { Problem } from "@arcana/framework/config";
import { describeProblem } from "@arcana/framework/config";
import type { RootLogger } from "@arcana/framework/telemetry";
import { createLogger } from "@arcana/framework/telemetry";
import type { Config } from "../config.ts";
import type { Operations } from "./operations.ts";

const root = () => import("../compose.ts");

export const operations: Operations = {
  start: runServer,
  migrateUp: async (config) => (await root()).withMigrator(config, quietLog(config), (migrator) => migrator.up()),
  migrateDown: async (config, steps) => (await root()).withMigrator(config, quietLog(config), (migrator) => migrator.down(steps)),
  migrationStatus: async (config) => (await root()).withMigrator(config, quietLog(config), (migrator) => migrator.status()),
  createAdmin: async (config, account) =>
    (await root()).withBootstrap(config, quietLog(config), (bootstrap) => bootstrap.createAdmin(account)),
  openApi: async (config) => (await root()).openApi(config),
};

async function runServer(config: Config, warnings: readonly Problem[]): Promise<number> {
  const log = createLogger({ level: config.observability.logLevel, format: config.observability.logFormat, name: config.app.name });
  for (const warning of warnings) log.warn(describeProblem(warning));
  const { drainDelayMs, shutdownGraceMs, workers } = config.server;
  return runWorkers({
    count: workers,
    log,
    compose: async (worker) => (await root()).compose(config, { log, worker }),
    killAfterMs: drainDelayMs + shutdownGraceMs + 10_000,
  });
}

/** Commands print their result; of what happens inside only what goes wrong is of interest, and it goes to the standard error. */
function quietLog({ observability: { logFormat } }: Config): RootLogger {
  return createLogger({ level: "warn", format: logFormat, destination: 2 });
}
