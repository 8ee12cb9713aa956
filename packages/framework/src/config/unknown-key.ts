import { nearest } from "./nearest.ts";
import type { Section } from "./schema.ts";
import { leavesOf, sectionPathsOf } from "./schema.ts";

/** What to say of a path that the schema does not have. `table`: it holds keys, so a section was meant. */
export function unknownKey(schema: Section, path: string, table: boolean): string {
  const keys = leavesOf(schema).map((leaf) => leaf.path);
  const sections = sectionPathsOf(schema);
  const noun = table ? "section" : "key";
  const found = nearest(path, table && sections.length > 0 ? sections : keys);
  return found === undefined ? `there is no such ${noun}` : `there is no such ${noun}; the nearest known one is ${found}`;
}
