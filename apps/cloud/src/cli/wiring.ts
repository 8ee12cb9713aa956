/** What the commands do, by the composition root, which is loaded when a command needs it. */
import type { Operations } from "./operations.ts";

const application = () => import("../compose.ts");

export const operations: Operations = {
  start: async (config, warnings) => (await application()).runServer(config, warnings),
  migrateUp: async (config) => (await application()).migrateUp(config),
  migrateDown: async (config, steps) => (await application()).migrateDown(config, steps),
  migrationStatus: async (config) => (await application()).migrationStatus(config),
  createAdmin: async (config, account) => (await application()).createAdmin(config, account),
  openApi: async (config) => (await application()).openApi(config),
};
