import type { Command, Group } from "../command.ts";
import { textOf } from "../command.ts";
import { UsageError } from "../usage-error.ts";

const up: Command = {
  kind: "command",
  name: "up",
  summary: "Brings the database's schema up to date",
  options: {},
  async run({ loadConfig, operations, terminal }) {
    const { config } = await loadConfig();
    const names = await operations.migrateUp(config);
    if (names.length === 0) terminal.print("nothing to apply: the schema is up to date");
    for (const name of names) terminal.print(`applied ${name}`);
  },
};

const down: Command = {
  kind: "command",
  name: "down",
  summary: "Takes the last migration back, and the data with it",
  options: {
    steps: { type: "string", value: "NUMBER", doc: "How many to take back (default: 1)" },
    yes: { type: "boolean", doc: "Do so in staging and production, too" },
  },
  async run({ loadConfig, operations, terminal, values }) {
    const steps = stepsOf(textOf(values, "steps") ?? "1");
    const { config } = await loadConfig();
    const { environment } = config.app;
    if ((environment === "production" || environment === "staging") && values.yes !== true) {
      throw new UsageError(`this is ${environment}, and taking a migration back loses data; add --yes to do it`);
    }
    const names = await operations.migrateDown(config, steps);
    if (names.length === 0) terminal.print("nothing to take back: no migration is applied");
    for (const name of names) terminal.print(`took back ${name}`);
  },
};

const status: Command = {
  kind: "command",
  name: "status",
  summary: "Lists the migrations and when each was applied",
  options: {},
  async run({ loadConfig, operations, terminal }) {
    const { config } = await loadConfig();
    for (const { name, appliedAt } of await operations.migrationStatus(config)) {
      terminal.print(`${(appliedAt?.toISOString() ?? "not applied").padEnd(24)}  ${name}`);
    }
  },
};

function stepsOf(text: string): number {
  const steps = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (steps < 1) throw new UsageError(`--steps must be a whole number, 1 or more, not "${text}"`);
  return steps;
}

export const migrate: Group = { kind: "group", name: "migrate", summary: "Moves the database's schema", commands: [up, down, status] };
