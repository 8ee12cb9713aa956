import { invalidField } from "./invalid-field.ts";

const minLength = 8;
const maxLength = 128;

/** The password as typed: 8 to 128 characters, none of them changed. @throws VALIDATION_ERROR */
export function parsePassword(field: string, text: string): string {
  const { length } = [...text];
  if (length < minLength) throw invalidField(field, "string.min_len", `must have ${minLength} characters at least`);
  if (length > maxLength) throw invalidField(field, "string.max_len", `must have ${maxLength} characters at most`);
  return text;
}
