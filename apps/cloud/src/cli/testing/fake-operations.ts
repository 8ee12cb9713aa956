import type { Operations } from "../operations.ts";

export interface FakeOperations extends Operations {
  /** What was called with what, but for the configuration. */
  readonly calls: readonly (readonly unknown[])[];
}

/** Operations that keep what they were called with; `answers` replaces some of them. */
export function fakeOperations(answers: Partial<Operations> = {}): FakeOperations {
  const calls: unknown[][] = [];
  return {
    calls,
    start: async (config, warnings) => {
      calls.push(["start", config.server.rest.port, warnings.length]);
      return 0;
    },
    migrateUp: async () => ["0001_users", "0002_sessions"],
    migrateDown: async (_config, steps) => Array.from({ length: steps }, (_, index) => `000${steps - index}`),
    migrationStatus: async () => [
      { name: "0001_users", appliedAt: new Date("2026-01-01T00:00:00Z") },
      { name: "0002_sessions", appliedAt: undefined },
    ],
    createAdmin: async (_config, account) => {
      calls.push(["createAdmin", account]);
      return { id: "id-1", email: account.email, username: account.username };
    },
    openApi: async (config) => ({ openapi: "3.1.0", info: { title: config.app.name } }),
    ...answers,
  };
}
