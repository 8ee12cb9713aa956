/** Reads overrides, such as `--set server.rest.port=9000` of a command line, into a layer. */
import type { Entry, Layer } from "./layer.ts";
import type { Origin, Problem } from "./problem.ts";
import type { Section } from "./schema.ts";
import { nodeAt } from "./schema.ts";
import { unknownKey } from "./unknown-key.ts";

/** By path. Text is read as from a variable; anything else as from a file. */
export type Overrides = Readonly<Record<string, unknown>>;

export function overrideLayer(schema: Section, overrides: Overrides, absent: readonly string[] = []): Layer {
  const entries = new Map<string, Entry>();
  const problems: Problem[] = [];
  for (const [path, value] of Object.entries(overrides)) {
    const origin: Origin = { layer: "override", path };
    const node = nodeAt(schema, path.split("."));
    if (node?.kind === "field") entries.set(path, { raw: typeof value === "string" ? node.fromText(value) : value, origin });
    else {
      const message = node === undefined ? unknownKey(schema, path, false, absent) : "is a section; set one of its keys";
      problems.push({ path, origin, message });
    }
  }
  return { entries, problems };
}
