import { localPartOf } from "./email.ts";
import { invalidField } from "./invalid-field.ts";
import type { Email, Username } from "./user.ts";

const maxLength = 64;
/** A derived name leaves room for a hyphen and a suffix. */
const maxDerivedLength = 48;
const shape = /^[A-Za-z][A-Za-z0-9_.-]{2,63}$/;

/** 3 to 64 letters, digits, `_`, `.` and `-`, a letter first; never with an `@`, so that no name is another's address. @throws VALIDATION_ERROR */
export function parseUsername(text: string): Username {
  const username = findUsername(text);
  if (username === undefined)
    throw invalidField("username", "string.pattern", `must have 3 to ${maxLength} letters, digits, "_", "." or "-", a letter first`);
  return username;
}

/** The username that the text is, or undefined where it can be nobody's. */
export function findUsername(text: string): Username | undefined {
  return shape.test(text) ? (text as Username) : undefined;
}

/** The form in which usernames are compared: `Ann` and `ann` are one. */
export function usernameKey(username: Username): string {
  return username.toLowerCase();
}

/** A username for who gave none: what can be kept of the mail address before the `@` and before a `+tag`. */
export function usernameFrom(email: Email): Username {
  const [untagged = ""] = localPartOf(email).split("+");
  const kept = untagged
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9_.-]+/g, ".")
    .slice(0, maxDerivedLength)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  if (/^[A-Za-z]/.test(kept) && kept.length >= 3) return kept as Username;
  return (kept === "" ? "user" : `user.${kept}`) as Username;
}

/** The next name to try where `base` is taken. */
export function withSuffix(base: Username, suffix: string): Username {
  return parseUsername(`${base.slice(0, maxLength - suffix.length - 1)}-${suffix}`);
}
