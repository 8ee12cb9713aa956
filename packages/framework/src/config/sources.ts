/** Reads every layer of a configuration. The names of some files depend on keys that other layers set. */
import type { Environment } from "./environment-layer.ts";
import { environmentLayer } from "./environment-layer.ts";
import { fileLayer } from "./file-layer.ts";
import type { Entry, Layer } from "./layer.ts";
import { merge } from "./layer.ts";
import type { Overrides } from "./override-layer.ts";
import { overrideLayer } from "./override-layer.ts";
import type { Problem } from "./problem.ts";
import type { Leaf, Section } from "./schema.ts";
import { leafAt, leavesOf } from "./schema.ts";

export interface Sources {
  /**
   * The files, of which a later one wins; those that do not exist are passed over. A name may hold the value of a key:
   * `config/{app.environment}.toml`. That value is taken from the other files, the environment and the overrides.
   */
  readonly files?: readonly string[];
  readonly environment?: Environment;
  /** What the variables begin with. Default: `ARCANA`. */
  readonly prefix?: string;
  /** Variables with the prefix that are not settings. */
  readonly reserved?: readonly string[];
  /** Paths of keys and sections that other versions have and this one does not: setting one is a problem that says so. */
  readonly absent?: readonly string[];
  /** They win over everything. */
  readonly overrides?: Overrides;
}

/** What variables begin with where nothing else is said. */
export const defaultPrefix = "ARCANA";

/** All layers in one. The files whose names are fixed come first: they, the environment and the overrides choose the others. */
export function readSources(schema: Section, sources: Sources): Layer {
  const { files = [], environment = {}, prefix = defaultPrefix, reserved = [], absent = [], overrides = {} } = sources;
  const leaves = leavesOf(schema);
  const outer = [environmentLayer(leaves, environment, prefix, reserved, absent), overrideLayer(schema, overrides, absent)];
  const fixed = new Map(files.filter((file) => !placeholder.test(file)).map((file) => [file, fileLayer(schema, file, absent)]));
  const choosing = merge([...fixed.values(), ...outer]);
  const chosen = new Map(placeholdersOf(files).map((path) => [path, wordAt(leaves, choosing.entries, path)]));
  const layers = files.flatMap((file) => {
    const name = filled(file, chosen);
    return fixed.get(file) ?? (name === undefined ? [] : fileLayer(schema, name, absent));
  });
  const { entries, problems } = merge([...layers, ...outer]);
  return { entries, problems: [...problems, ...changedChoices(leaves, entries, chosen)] };
}

const placeholder = /\{([a-z0-9_.]+)\}/;

function placeholdersOf(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => placeholder.exec(file)?.[1] ?? []);
}

/** The name with the chosen value in it; undefined where there is no good value. */
function filled(file: string, chosen: ReadonlyMap<string, string | undefined>): string | undefined {
  const path = placeholder.exec(file)?.[1];
  const word = path === undefined ? undefined : chosen.get(path);
  return word === undefined ? undefined : file.replace(placeholder, word);
}

function wordAt(leaves: readonly Leaf[], entries: ReadonlyMap<string, Entry>, path: string): string | undefined {
  const leaf = leafAt(leaves, path);
  const entry = entries.get(path);
  const parsed = leaf.field.parse(entry === undefined ? leaf.field.default : entry.raw);
  return "value" in parsed && typeof parsed.value === "string" ? parsed.value : undefined;
}

function changedChoices(
  leaves: readonly Leaf[],
  entries: ReadonlyMap<string, Entry>,
  chosen: ReadonlyMap<string, string | undefined>,
): readonly Problem[] {
  return [...chosen].flatMap(([path, word]) => {
    const now = wordAt(leaves, entries, path);
    if (word === undefined || now === undefined || now === word) return [];
    const message = `cannot be changed to "${now}" in a file that is read because it is "${word}"`;
    return [{ path, origin: entries.get(path)?.origin, message }];
  });
}
