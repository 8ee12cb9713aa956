import { defaultsToml } from "@arcana/framework/config";
import { configSchema } from "./config.ts";

const introduction = `Every setting with its default. Made from the schema by \`arcana config defaults\`: change settings elsewhere.

What is set later wins: this file, {app.environment}.toml, {deployment.mode}.toml, local.toml (for one machine, ignored by git), environment variables (server.rest.port is ARCANA_SERVER__REST__PORT; a secret also comes from the file that ARCANA_..._FILE names), and --set server.rest.port=8081 on the command line.

Durations are written "250ms", "30s", "5m", "1h" or "7d", sizes "64kb", "10mb" or "1gb". \`arcana config show --explain\` names what set each value, \`arcana config check\` finds what is wrong.`;

/** What `config/default.toml` holds. */
export function defaultConfigFile(): string {
  return defaultsToml(configSchema, introduction);
}
