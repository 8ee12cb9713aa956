/** Loads the configuration that a command line asks for. */
import { existsSync, statSync } from "node:fs";
import type { Environment, LoadedConfig, Problem } from "@arcana/framework/config";
import type { Config } from "../config.ts";
import type { Values } from "./command.ts";
import { textOf, textsOf } from "./command.ts";
import { UsageError } from "./usage-error.ts";

const usualDirectory = "config";

/** @throws ConfigError; UsageError where `--config-dir` or `--set` make no sense. */
export async function loadConfigFor(values: Values, environment: Environment): Promise<LoadedConfig<Config>> {
  const { loadCloudConfig } = await import("../load-config.ts");
  const directory = directoryOf(values, environment);
  const loaded = loadCloudConfig({ directory, environment, overrides: overridesOf(textsOf(values, "set")) });
  return directory === undefined ? { ...loaded, warnings: [noDirectory, ...loaded.warnings] } : loaded;
}

const noDirectory: Problem = {
  path: undefined,
  origin: undefined,
  message: `there is no folder ./${usualDirectory} here, so no file is read; --config-dir or ARCANA_CONFIG_DIR name another one`,
};

function directoryOf(values: Values, environment: Environment): string | undefined {
  const option = textOf(values, "config-dir");
  const named = option ?? (environment.ARCANA_CONFIG_DIR || undefined);
  if (named === undefined) return existsSync(usualDirectory) ? usualDirectory : undefined;
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`${option === undefined ? "ARCANA_CONFIG_DIR" : "--config-dir"} names ${named}, which is no folder`);
  }
  return named.replace(/(?<=.)\/+$/, "");
}

function overridesOf(settings: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settings.map((setting) => {
      const end = setting.indexOf("=");
      if (end < 1) throw new UsageError("--set takes a key and a value, such as --set server.rest.port=8081");
      return [setting.slice(0, end).trim(), setting.slice(end + 1)];
    }),
  );
}
