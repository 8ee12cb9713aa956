import type { LoadedConfig } from "@arcana/framework/config";
import type { Config } from "../config.ts";
import type { Operations } from "./operations.ts";
import type { Terminal } from "./terminal.ts";

/** An option, as `node:util`'s `parseArgs` wants it, and what its help says. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  readonly short?: string;
  /** What its value is called in the help, such as `FILE`. */
  readonly value?: string;
  readonly doc: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given: text or texts for options with a value, true for the others. Absent: not given. */
export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** A command under way. */
export interface Invocation {
  readonly values: Values;
  readonly terminal: Terminal;
  readonly operations: Operations;
  /** Reads the configuration as the command line asks for it. @throws ConfigError, UsageError */
  loadConfig(): Promise<LoadedConfig<Config>>;
}

export interface Command {
  readonly kind: "command";
  readonly name: string;
  /** One line that begins with a verb. */
  readonly summary: string;
  /** What its own help adds. */
  readonly details?: string;
  readonly options: Options;
  /** Returns what the process ends with; undefined: 0. */
  run(invocation: Invocation): Promise<number | undefined>;
}

/** Commands under one name, such as `migrate up` and `migrate down`. */
export interface Group {
  readonly kind: "group";
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** The value of an option that takes text. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that may be repeated. */
export function textsOf(values: Values, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((member) => typeof member === "string") : [];
}
