/** The command line `arcana`. */
import { inspect } from "node:util";
import type { LoadedConfig } from "@arcana/framework/config";
import type { Config } from "../config.ts";
import { parseOptions, route } from "./arguments.ts";
import type { Command, Group, Values } from "./command.ts";
import { config } from "./commands/config.ts";
import { migrate } from "./commands/migrate.ts";
import { openapi } from "./commands/openapi.ts";
import { start } from "./commands/start.ts";
import { users } from "./commands/users.ts";
import { version } from "./commands/version.ts";
import { exitCode } from "./exit-code.ts";
import type { Operations } from "./operations.ts";
import type { Streams, Terminal } from "./terminal.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export const commands: readonly (Command | Group)[] = [start, migrate, config, users, openapi, version];

/** Runs the command that the words name. Never throws: what goes wrong is written to the error stream. */
export async function runCli(words: readonly string[], streams: Streams, operations: Operations): Promise<number> {
  const terminal = createTerminal(streams);
  const ports = new Map<number, string>();
  try {
    return await run(words[0] === "help" ? [...words.slice(1), "--help"] : words, terminal, operations, ports);
  } catch (error) {
    const { describeFailure } = await import("./failure.ts");
    const failure = describeFailure(error, ports);
    for (const line of failure.lines) terminal.note(`${terminal.red("arcana:")} ${line}`);
    if (wantsStack(words, terminal)) terminal.note(inspect(error));
    return failure.exitCode;
  }
}

async function run(words: readonly string[], terminal: Terminal, operations: Operations, ports: Map<number, string>): Promise<number> {
  const { target, group, rest } = route(commands, words);
  const command = target ?? start;
  const values = parseOptions(command.kind === "command" ? command.options : {}, rest);
  if (values.help === true) {
    terminal.print(await helpFor(target, group, terminal));
  } else if (values.version === true) {
    terminal.print((await import("../version.ts")).readVersion());
  } else if (command.kind === "group") {
    throw new UsageError(`"${command.name}" needs one of its commands: ${command.commands.map(({ name }) => name).join(", ")}`);
  } else {
    return (await command.run({ values, terminal, operations, loadConfig: () => loadConfig(values, terminal, ports) })) ?? exitCode.ok;
  }
  return exitCode.ok;
}

async function helpFor(target: Command | Group | undefined, group: Group | undefined, { bold }: Terminal): Promise<string> {
  const { overview, groupHelp, commandHelp } = await import("./help.ts");
  if (target === undefined) return overview(commands, (await import("../version.ts")).readVersion(), bold);
  return target.kind === "group" ? groupHelp(target, bold) : commandHelp(target, group, bold);
}

async function loadConfig(values: Values, terminal: Terminal, ports: Map<number, string>): Promise<LoadedConfig<Config>> {
  const { loadConfigFor } = await import("./config-source.ts");
  const loaded = await loadConfigFor(values, terminal.environment);
  const { server, observability } = loaded.config;
  ports.set(observability.metricsPort ?? 0, "observability.metrics_port");
  ports.set(server.grpc.port, "server.grpc.port");
  ports.set(server.rest.port, "server.rest.port");
  return loaded;
}

/** Asked of the words themselves, since they may be what is wrong. */
function wantsStack(words: readonly string[], { environment }: Terminal): boolean {
  return words.includes("--debug") || !["", "0", "false"].includes(environment.ARCANA_DEBUG ?? "");
}
