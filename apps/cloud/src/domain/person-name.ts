import { invalidField } from "./invalid-field.ts";

const maxLength = 100;

export interface PersonName {
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
}

/** Trims, and joins runs of blanks; a blank text is no name. @throws VALIDATION_ERROR where it is too long or holds control characters. */
export function parseName(field: string, text: string): string | undefined {
  const name = text.normalize("NFC").trim().replace(/\s+/gu, " ");
  if (/\p{Cc}/u.test(name)) throw invalidField(field, "string.pattern", "must not hold control characters");
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
