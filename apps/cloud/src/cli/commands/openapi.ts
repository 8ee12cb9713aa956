import type { Command } from "../command.ts";
import { textOf } from "../command.ts";

export const openapi: Command = {
  kind: "command",
  name: "openapi",
  summary: "Prints the OpenAPI document of the REST API",
  options: { output: { type: "string", value: "FILE", doc: "Write it to a file instead" } },
  async run({ loadConfig, operations, terminal, values }) {
    const { config } = await loadConfig();
    const document = JSON.stringify(await operations.openApi(config), null, 2);
    const file = textOf(values, "output");
    if (file === undefined) {
      terminal.print(document);
      return;
    }
    const { writeFile } = await import("node:fs/promises");
    await writeFile(file, `${document}\n`);
  },
};
