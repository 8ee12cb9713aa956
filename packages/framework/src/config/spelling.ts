/**
 * Which key a variable means. `ARCANA_SERVER__REST__PORT` is the full spelling of `server.rest.port`; the second
 * underscore after the prefix is optional to write, as is that between sections where only one key can be meant.
 */
import type { Leaf } from "./schema.ts";

/** One way to name a key: the names of its sections and its own, and whether the value is the path of a file that holds the value. */
interface Candidate {
  readonly segments: readonly string[];
  readonly leaf: Leaf;
  readonly fromFile: boolean;
}

export type Meaning =
  | { readonly kind: "key"; readonly leaf: Leaf; readonly fromFile: boolean }
  | { readonly kind: "ambiguous"; readonly variables: readonly string[] }
  | { readonly kind: "unknown" };

export interface Spellings {
  /** What the variable means; its name begins with the prefix. */
  meaningOf(variable: string): Meaning;
  /** The full spelling of every key, as the reference gives it, and the aliases. */
  readonly variables: readonly string[];
}

/** The full spelling: `server.rest.port` is `ARCANA_SERVER__REST__PORT`. */
export function variableOf(prefix: string, segments: readonly string[]): string {
  return `${prefix}_${segments.join("__").toUpperCase()}`;
}

export function spellings(prefix: string, leaves: readonly Leaf[]): Spellings {
  const candidates = leaves.flatMap((leaf) => candidatesOf(prefix, leaf));
  const bySquashed = Map.groupBy(candidates, ({ segments }) => segments.join("_"));
  return {
    variables: candidates.filter(({ fromFile }) => !fromFile).map(({ segments }) => variableOf(prefix, segments)),
    meaningOf(variable) {
      const spelled = variable
        .slice(prefix.length + 1)
        .replace(/^_/, "")
        .toLowerCase();
      const possible = (bySquashed.get(spelled.replace(/__/g, "_")) ?? []).filter(({ segments }) => agrees(spelled, segments));
      const exact = possible.filter(({ segments }) => segments.join("__") === spelled);
      const [first, ...others] = exact.length > 0 ? exact : possible;
      if (first === undefined) return { kind: "unknown" };
      if (others.some(({ leaf }) => leaf !== first.leaf))
        return { kind: "ambiguous", variables: possible.map(({ segments }) => variableOf(prefix, segments)) };
      return { kind: "key", leaf: first.leaf, fromFile: first.fromFile };
    },
  };
}

function candidatesOf(prefix: string, leaf: Leaf): readonly Candidate[] {
  const aliases = leaf.field.environment.map((name) => aliasSegments(prefix, name));
  return [leaf.segments, ...aliases].flatMap((segments) => {
    const plain = { segments, leaf, fromFile: false };
    return leaf.field.secret ? [plain, { segments: withFile(segments), leaf, fromFile: true }] : [plain];
  });
}

function aliasSegments(prefix: string, alias: string): readonly string[] {
  if (!alias.startsWith(`${prefix}_`)) throw new TypeError(`the alias ${alias} must begin with ${prefix}_`);
  return alias
    .slice(prefix.length + 1)
    .toLowerCase()
    .split("__");
}

function withFile(segments: readonly string[]): readonly string[] {
  return segments.map((segment, index) => (index === segments.length - 1 ? `${segment}_file` : segment));
}

/** Whether every double underscore of the spelling stands between two segments. */
function agrees(spelled: string, segments: readonly string[]): boolean {
  let index = 0;
  for (const part of spelled.split("__")) {
    let joined = segments[index++];
    while (joined !== undefined && joined !== part && part.startsWith(`${joined}_`)) joined = `${joined}_${segments[index++]}`;
    if (joined !== part) return false;
  }
  return index === segments.length;
}
