/** One layer of a configuration: which keys it sets, to what, from where. */
import type { Origin, Problem } from "./problem.ts";

export interface Entry {
  /** As a file would give it. */
  readonly raw: unknown;
  readonly origin: Origin;
}

export interface Layer {
  /** By path. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly problems: readonly Problem[];
}

/** All layers in one, a later one wins key by key. A list is one value: it replaces, and is not appended to. */
export function merge(layers: readonly Layer[]): Layer {
  const entries = new Map<string, Entry>();
  for (const layer of layers) for (const [path, entry] of layer.entries) entries.set(path, entry);
  return { entries, problems: layers.flatMap((layer) => layer.problems) };
}
