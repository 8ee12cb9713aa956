import { editDistance, nearest } from "./nearest.ts";
import type { Section } from "./schema.ts";
import { leavesOf, sectionPathsOf } from "./schema.ts";

/**
 * What to say of a path that the schema does not have. `table`: it holds keys, so a section was meant.
 *
 * @param absent keys and sections of other versions
 */
export function unknownKey(schema: Section, path: string, table: boolean, absent: readonly string[]): string {
  if (absent.some((known) => path === known || path.startsWith(`${known}.`))) return notInThisVersion;
  const keys = leavesOf(schema).map((leaf) => leaf.path);
  const sections = sectionPathsOf(schema);
  const noun = table ? "section" : "key";
  return `there is no such ${noun}${hint(path, table && sections.length > 0 ? sections : keys)}`;
}

/** The same of a variable, by its name and those of the settings, all without the prefix. */
export function unknownVariable(name: string, settings: readonly string[], prefix: string, absent: readonly string[]): string {
  const squashed = name.toLowerCase().replace(/_+/g, "_").replace(/^_/, "");
  const asVariables = absent.map((path) => path.replaceAll(".", "_"));
  if (asVariables.some((known) => squashed === known || squashed.startsWith(`${known}_`))) return notInThisVersion;
  // What all of them begin with would make all of them alike.
  return `there is no such setting${hint(name, settings, `${prefix}_`)}`;
}

const notInThisVersion = "is not in this version; remove it";

/** Names the candidate that was meant, where one is like the word: no more than a quarter of its letters are others. */
function hint(word: string, candidates: readonly string[], before = ""): string {
  const found = nearest(word, candidates);
  const like = found !== undefined && editDistance(word, found) <= Math.max(2, Math.floor(word.length / 4));
  return like ? `; the nearest known one is ${before}${found}` : "";
}
