/** Reads environment variables into a layer. */
import { readFileSync } from "node:fs";
import type { Entry, Layer } from "./layer.ts";
import type { Origin, Problem } from "./problem.ts";
import type { Leaf } from "./schema.ts";
import { isServiceLink } from "./service-links.ts";
import type { Spellings } from "./spelling.ts";
import { spellings } from "./spelling.ts";
import { unknownVariable } from "./unknown-key.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

interface Setting {
  readonly variable: string;
  readonly leaf: Leaf;
  readonly text: string;
  readonly origin: Origin;
}

/**
 * What the variables that begin with `{prefix}_` set. An empty variable sets nothing. `reserved` ones are not settings.
 */
export function environmentLayer(
  leaves: readonly Leaf[],
  environment: Environment,
  prefix: string,
  reserved: readonly string[],
  absent: readonly string[] = [],
): Layer {
  const known = spellings(prefix, leaves);
  const bare = (variable: string): string => variable.slice(prefix.length + 1);
  const describeUnknown = (variable: string): string => unknownVariable(bare(variable), known.variables.map(bare), prefix, absent);
  const settings: Setting[] = [];
  const problems: Problem[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined || !variable.startsWith(`${prefix}_`)) continue;
    if (reserved.includes(variable) || isServiceLink(variable, value)) continue;
    const setting = settingOf(known, variable, value, describeUnknown);
    if (setting === undefined) continue;
    if ("message" in setting) problems.push(setting);
    else settings.push(setting);
  }
  const byPath = Map.groupBy(settings, ({ leaf }) => leaf.path);
  problems.push(...[...byPath.values()].flatMap(contradictions));
  const entries = new Map(
    [...byPath].flatMap(([path, [first]]): [string, Entry][] => (first === undefined ? [] : [[path, entryOf(first)]])),
  );
  return { entries, problems };
}

function settingOf(
  known: Spellings,
  variable: string,
  value: string,
  describeUnknown: (variable: string) => string,
): Setting | Problem | undefined {
  const origin: Origin = { layer: "environment", variable, file: undefined };
  const meaning = known.meaningOf(variable);
  switch (meaning.kind) {
    case "unknown":
      return { path: undefined, origin, message: describeUnknown(variable) };
    case "ambiguous":
      return { path: undefined, origin, message: `can mean more than one setting; write ${meaning.variables.join(" or ")}` };
    case "key":
      if (value === "") return undefined;
      return meaning.fromFile ? fromFile(meaning.leaf, variable, value) : { variable, leaf: meaning.leaf, text: value, origin };
  }
}

/** The content of the file without the line end that editors and `echo` put there. */
function fromFile(leaf: Leaf, variable: string, file: string): Setting | Problem {
  const origin: Origin = { layer: "environment", variable, file };
  try {
    return { variable, leaf, text: readFileSync(file, "utf8").replace(/\r?\n$/, ""), origin };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return { path: leaf.path, origin, message: `the file cannot be read (${code}); check that it exists and that this user may read it` };
  }
}

function contradictions(settings: readonly Setting[]): readonly Problem[] {
  const [first, ...others] = settings;
  if (first === undefined) return [];
  const different = others.filter(({ text }) => text !== first.text);
  if (different.length === 0) return [];
  const names = [first, ...different].map(({ variable }) => variable).join(" and ");
  return [{ path: first.leaf.path, origin: first.origin, message: `${names} set it to different values; keep one of them` }];
}

function entryOf({ leaf, text, origin }: Setting): Entry {
  return { raw: leaf.field.fromText(text), origin };
}
