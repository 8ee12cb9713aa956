import { readVersion } from "../../version.ts";
import type { Command } from "../command.ts";

export const version: Command = {
  kind: "command",
  name: "version",
  summary: "Prints the versions of arcana and of Node",
  options: {},
  async run({ terminal }) {
    terminal.print(`arcana ${readVersion()} (node ${process.version})`);
  },
};
