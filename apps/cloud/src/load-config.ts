import type { Environment, LoadedConfig, Overrides } from "@arcana/framework/config";
import { loadConfig } from "@arcana/framework/config";
import { absentSettings } from "./absent-settings.ts";
import type { Config } from "./config.ts";
import { configSchema } from "./config.ts";
import { configRules } from "./config-rules.ts";

export interface CloudConfigSources {
  /** The folder of the TOML files; undefined: there are none, and the defaults hold. */
  readonly directory: string | undefined;
  readonly environment: Environment;
  /** By path, such as `server.rest.port`. */
  readonly overrides?: Overrides;
}

/** Variables that are for the command line and are no settings. */
export const reservedVariables: readonly string[] = ["ARCANA_DEBUG", "ARCANA_CONFIG_DIR"];

/** Reads the configuration of the application. @throws ConfigError with all problems at once. */
export function loadCloudConfig({ directory, environment, overrides = {} }: CloudConfigSources): LoadedConfig<Config> {
  const names = ["default", "{app.environment}", "{deployment.mode}", "local"];
  return loadConfig(configSchema, {
    files: directory === undefined ? [] : names.map((name) => `${directory}/${name}.toml`),
    environment,
    overrides,
    reserved: reservedVariables,
    absent: absentSettings,
    rules: configRules,
  });
}
