import { invalidField } from "./invalid-field.ts";
import type { Email } from "./user.ts";

/** RFC 5321 4.5.3.1.3: a path has 256 octets, two of which are its angle brackets. */
const maxLength = 254;
/** Something, one `@`, and a domain; neither blanks nor controls. Whether mail arrives there only mail can tell. */
const shape = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;

/** Trims, and writes the domain in lower case: the part before the `@` is the receiving host's own affair. @throws VALIDATION_ERROR */
export function parseEmail(text: string): Email {
  const email = findEmail(text);
  if (email === undefined) throw invalidField("email", "string.email", "must be a mail address");
  return email;
}

/** The address that the text is, or undefined where it can be nobody's. */
export function findEmail(text: string): Email | undefined {
  const trimmed = text.trim();
  if (trimmed.length > maxLength || !shape.test(trimmed)) return undefined;
  const at = trimmed.indexOf("@");
  return `${trimmed.slice(0, at)}${trimmed.slice(at).toLowerCase()}` as Email;
}

/** The form in which addresses are compared: `Ann@x.org` and `ann@x.org` are one. */
export function emailKey(email: Email): string {
  return email.toLowerCase();
}

export function localPartOf(email: Email): string {
  return email.slice(0, email.indexOf("@"));
}
