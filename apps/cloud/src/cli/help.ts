/** What `--help` says, on each level. */
import { globalOptions } from "./arguments.ts";
import type { Command, Group, Options } from "./command.ts";

type Bold = (text: string) => string;
type Row = readonly [left: string, right: string];

export function overview(commands: readonly (Command | Group)[], version: string, bold: Bold): string {
  return blocks([
    `arcana ${version}: runs and looks after an Arcana Cloud server`,
    `${bold("Usage:")} arcana [command] [options]`,
    table(bold("Commands"), commands.flatMap(rowsOf)),
    table(bold("Options"), optionRows(globalOptions)),
    `${bold("Exit codes:")} 0 done, 1 failed, 2 wrong command line, 78 wrong configuration`,
    "Without a command the server starts. `arcana <command> --help` tells more.",
  ]);
}

export function groupHelp(group: Group, bold: Bold): string {
  return blocks([
    `${group.summary}`,
    `${bold("Usage:")} arcana ${group.name} <command> [options]`,
    table(bold("Commands"), rowsOf(group)),
    table(bold("Options"), optionRows(globalOptions)),
  ]);
}

export function commandHelp(command: Command, group: Group | undefined, bold: Bold): string {
  const name = group === undefined ? command.name : `${group.name} ${command.name}`;
  return blocks([
    command.summary,
    ...(command.details === undefined ? [] : [command.details]),
    `${bold("Usage:")} arcana ${name} [options]`,
    table(bold("Options"), [...optionRows(command.options), ...optionRows(globalOptions)]),
  ]);
}

function rowsOf(node: Command | Group): readonly Row[] {
  return node.kind === "command"
    ? [[node.name, node.summary]]
    : node.commands.map((command): Row => [`${node.name} ${command.name}`, command.summary]);
}

function optionRows(options: Options): readonly Row[] {
  return Object.entries(options).map(([name, { short, value, doc }]): Row => {
    const long = value === undefined ? `--${name}` : `--${name} ${value}`;
    return [short === undefined ? `    ${long}` : `-${short}, ${long}`, doc];
  });
}

function table(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return [`${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join("\n");
}

function blocks(parts: readonly string[]): string {
  return parts.join("\n\n");
}
