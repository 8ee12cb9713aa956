import { invalidField } from "./invalid-field.ts";

const maxLength = 2048;

/** An https address; the empty text is none. @throws VALIDATION_ERROR */
export function parseAvatarUrl(text: string): string | undefined {
  if (text === "") return undefined;
  if (text.length > maxLength || /[\s\p{Cc}]/u.test(text) || URL.parse(text)?.protocol !== "https:")
    throw invalidField("avatar_url", "string.pattern", "must be an https address, or empty");
  return text;
}
