/**
 * Searching without regard to case, the same on every database: the databases differ in what they take for a letter and its
 * other case, so both the text and what is searched for are folded here.
 */

/** Between the fields, so that nothing is found across them. */
const SEPARATOR = "\n";
/** Stands before `%`, `_` and itself where they mean themselves. A backslash would mean something else to MySQL's literals. */
export const LIKE_ESCAPE = "!";

export function searchText(fields: readonly (string | undefined)[]): string {
  return fields.map((field) => fold(field ?? "")).join(SEPARATOR);
}

/** The pattern for LIKE that finds `text` anywhere in a {@link searchText}. */
export function searchPattern(text: string): string {
  return `%${fold(text).replace(/[!%_]/g, `${LIKE_ESCAPE}$&`)}%`;
}

/** Lower case, control characters as blanks: none of them may look like the separator, or end the text. */
function fold(text: string): string {
  return text.toLowerCase().replace(/\p{Cc}/gu, " ");
}
