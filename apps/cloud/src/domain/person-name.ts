import { invalidField } from "./invalid-field.ts";
import { parsePlainText } from "./plain-text.ts";

const maxLength = 100;

export interface PersonName {
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
}

/** What turns the direction of the text around it: overrides, embeddings and isolates (UAX #9, 2). A name needs none of them. */
const directions = /[\u202a-\u202e\u2066-\u2069]/u;

/**
 * Trims, and joins runs of blanks; a blank text is no name.
 *
 * @throws VALIDATION_ERROR where it is too long, or holds control characters or what turns the direction of the text.
 */
export function parseName(field: string, text: string): string | undefined {
  const name = parsePlainText(field, text.normalize("NFC").trim().replace(/\s+/gu, " "));
  if (directions.test(name)) throw invalidField(field, "string.pattern", "must not hold characters that turn the direction of text");
  if ([...name].length > maxLength) throw invalidField(field, "string.max_len", `must have ${maxLength} characters at most`);
  return name === "" ? undefined : name;
}

/** Takes the names apart as given, or splits the whole name at its first blank where neither is. @throws VALIDATION_ERROR */
export function parsePersonName(given: {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly name?: string | undefined;
}): PersonName {
  if (given.firstName !== undefined || given.lastName !== undefined || given.name === undefined)
    return { firstName: parseName("first_name", given.firstName ?? ""), lastName: parseName("last_name", given.lastName ?? "") };
  const [first = "", ...rest] = given.name.trim().split(/\s+/u);
  return { firstName: parseName("name", first), lastName: parseName("name", rest.join(" ")) };
}
