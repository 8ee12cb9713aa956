import { invalidField } from "./invalid-field.ts";

/** Text of one line, as it was written. @throws VALIDATION_ERROR where it holds control characters: terminals obey them, and PostgreSQL stores no NUL. */
export function parsePlainText(field: string, text: string): string {
  if (/\p{Cc}/u.test(text)) throw invalidField(field, "string.pattern", "must not hold control characters");
  return text;
}
