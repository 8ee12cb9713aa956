/** Puts the layers of a configuration together: files, then environment variables, then overrides. A later one wins. */
import type { Entry } from "./layer.ts";
import { withoutPassword } from "./printable.ts";
import type { Origin, Problem } from "./problem.ts";
import { ConfigError } from "./problem.ts";
import type { ConfigOf, Leaf, Section } from "./schema.ts";
import { leafAt, leavesOf, nameOf } from "./schema.ts";
import type { Sources } from "./sources.ts";
import { defaultPrefix, readSources } from "./sources.ts";
import { variableOf } from "./spelling.ts";

/** A rule over several keys. */
export interface Rule<Config> {
  /** The keys that it compares; it runs once all of them could be read. A breach is reported at the first. */
  readonly reads: readonly [string, ...string[]];
  /** Returns what is wrong and what to do. */
  check(config: Config): string | undefined;
  /** A warning does not keep the configuration from being used. Default: `problem`. */
  readonly severity?: "problem" | "warning";
}

export interface ConfigSources<Config> extends Sources {
  readonly rules?: readonly Rule<Config>[];
}

/** What a key was set to, and by what. */
export interface Setting {
  /** As a file would give it; `[redacted]` for a secret. Undefined: an optional key that nobody set. */
  readonly value: unknown;
  readonly origin: Origin;
}

export interface LoadedConfig<Config> {
  /** Frozen, all the way down. */
  readonly config: Config;
  /** By path, in the schema's order. */
  readonly settings: ReadonlyMap<string, Setting>;
  readonly warnings: readonly Problem[];
}

/**
 * Reads the configuration. Synchronous, since nothing can begin before it.
 *
 * @throws ConfigError with all problems of all layers at once.
 */
export function loadConfig<Schema extends Section>(
  schema: Schema,
  sources: ConfigSources<ConfigOf<Schema>>,
): LoadedConfig<ConfigOf<Schema>> {
  const leaves = leavesOf(schema);
  const { entries, problems: unreadable } = readSources(schema, sources);
  const { values, problems: invalid } = parseValues(leaves, entries, sources.prefix ?? defaultPrefix);
  const config = build(schema, values) as ConfigOf<Schema>;
  const breaches = applyRules(sources.rules ?? [], config, leaves, values, entries);
  const problems = [...unreadable, ...invalid, ...breaches.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    config,
    settings: new Map(leaves.map((leaf) => [leaf.path, settingOf(leaf, entries.get(leaf.path))])),
    warnings: [...exposedSecrets(leaves, entries), ...breaches.warnings],
  };
}

interface Parsed {
  /** By path; keys that could not be read are missing. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly Problem[];
}

function parseValues(leaves: readonly Leaf[], entries: ReadonlyMap<string, Entry>, prefix: string): Parsed {
  const values = new Map<string, unknown>();
  const problems: Problem[] = [];
  for (const { path, segments, field } of leaves) {
    const entry = entries.get(path);
    const raw = entry === undefined ? field.default : entry.raw;
    if (raw === undefined && field.optional) {
      values.set(path, undefined);
    } else if (raw === undefined) {
      problems.push({ path, origin: undefined, message: `must be set, in a file or as ${variableOf(prefix, segments)}` });
    } else {
      const parsed = field.parse(raw);
      if ("value" in parsed) values.set(path, parsed.value);
      else problems.push({ path, origin: entry?.origin, message: parsed.problem });
    }
  }
  return { values, problems };
}

function build(section: Section, values: ReadonlyMap<string, unknown>, above: readonly string[] = []): object {
  return Object.freeze(
    Object.fromEntries(
      Object.entries(section.members).map(([name, node]) => {
        const segments = [...above, name];
        const value = node.kind === "section" ? build(node, values, segments) : values.get(segments.join("."));
        return [nameOf(name, node), Array.isArray(value) ? Object.freeze(value) : value];
      }),
    ),
  );
}

function applyRules<Config>(
  rules: readonly Rule<Config>[],
  config: Config,
  leaves: readonly Leaf[],
  values: ReadonlyMap<string, unknown>,
  entries: ReadonlyMap<string, Entry>,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const { reads, check, severity } of rules) {
    if (!reads.every((path) => values.has(leafAt(leaves, path).path))) continue;
    const message = check(config);
    if (message === undefined) continue;
    const [path] = reads;
    (severity === "warning" ? warnings : problems).push({ path, origin: entries.get(path)?.origin, message });
  }
  return { problems, warnings };
}

/** Secrets in arguments can be read by every user of the machine. */
function exposedSecrets(leaves: readonly Leaf[], entries: ReadonlyMap<string, Entry>): readonly Problem[] {
  return leaves.flatMap(({ path, field }) => {
    const origin = entries.get(path)?.origin;
    const message = "is a secret on the command line, where other users of the machine can read it; use a variable or a file";
    return field.secret && origin?.layer === "override" ? [{ path, origin, message }] : [];
  });
}

function settingOf({ field }: Leaf, entry: Entry | undefined): Setting {
  const { raw, origin }: Entry = entry ?? { raw: field.default, origin: { layer: "default" } };
  if (raw === undefined) return { value: undefined, origin };
  if (field.secret) return { value: "[redacted]", origin };
  return { value: shown(raw), origin };
}

function shown(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(shown);
  return typeof raw === "string" ? withoutPassword(raw) : raw;
}
