import type { LoadedConfig } from "@arcana/framework/config";
import type { Command, Group } from "../command.ts";

/** Longer lines do not push the origins of all others to the right. */
const widestAligned = 60;

const show: Command = {
  kind: "command",
  name: "show",
  summary: "Shows the configuration that would be used, secrets redacted",
  options: {
    explain: { type: "boolean", doc: "Name what set each value" },
    json: { type: "boolean", doc: "As JSON" },
  },
  async run({ loadConfig, terminal, values }) {
    const { explainConfig } = await import("@arcana/framework/config");
    const loaded = await loadConfig();
    const rows = explainConfig(loaded);
    if (values.json === true) {
      terminal.print(JSON.stringify(values.explain === true ? rows : settingsOf(loaded), null, 2));
      return;
    }
    const lines = rows.map(({ path, value }) => (value === undefined ? `# ${path} is not set` : `${path} = ${value}`));
    const width = Math.max(...lines.map((line) => line.length).filter((length) => length <= widestAligned));
    for (const [index, { origin, value }] of rows.entries()) {
      const line = lines[index] ?? "";
      terminal.print(values.explain === true && value !== undefined ? `${line.padEnd(width)}  # ${origin}` : line);
    }
  },
};

interface Tree {
  [name: string]: unknown;
}

/** In the form of the files: sections within sections. What is not set is left out. */
function settingsOf({ settings }: LoadedConfig<unknown>): Tree {
  const whole: Tree = {};
  for (const [path, { value }] of settings) {
    const segments = path.split(".");
    const name = segments.pop() ?? path;
    sectionAt(whole, segments)[name] = value;
  }
  return whole;
}

function sectionAt(whole: Tree, segments: readonly string[]): Tree {
  let section = whole;
  for (const segment of segments) {
    const inner = (section[segment] ?? {}) as Tree;
    section[segment] = inner;
    section = inner;
  }
  return section;
}

const check: Command = {
  kind: "command",
  name: "check",
  summary: "Finds what is wrong with the configuration",
  details: "Prints one line a problem and ends with 78 where there is one.",
  options: {},
  async run({ loadConfig, terminal }) {
    const { describeProblem } = await import("@arcana/framework/config");
    const { warnings } = await loadConfig();
    for (const warning of warnings) terminal.note(`warning: ${describeProblem(warning)}`);
    terminal.print("the configuration is good");
  },
};

const schema: Command = {
  kind: "command",
  name: "schema",
  summary: "Prints the JSON Schema of the configuration files",
  options: {},
  async run({ terminal }) {
    const [{ jsonSchemaOf }, { configSchema }] = await Promise.all([import("@arcana/framework/config"), import("../../config.ts")]);
    terminal.print(JSON.stringify(jsonSchemaOf(configSchema, "Configuration of Arcana Cloud"), null, 2));
  },
};

const defaults: Command = {
  kind: "command",
  name: "defaults",
  summary: "Prints config/default.toml: every key, its default, what it is for",
  options: {},
  async run({ terminal }) {
    const { defaultConfigFile } = await import("../../default-config-file.ts");
    terminal.print(defaultConfigFile().trimEnd());
  },
};

export const config: Group = {
  kind: "group",
  name: "config",
  summary: "Looks at the configuration",
  commands: [show, check, schema, defaults],
};
