import type { Command } from "../command.ts";

export const start: Command = {
  kind: "command",
  name: "start",
  summary: "Runs the server (what happens without a command)",
  details: "SIGTERM or Ctrl-C stops it in order, a second one at once. It prints nothing but its log.",
  options: {},
  async run({ loadConfig, operations }) {
    const { config, warnings } = await loadConfig();
    return operations.start(config, warnings);
  },
};
