import type { ArcanaError } from "@arcana/framework/error";
import { frameworkError } from "@arcana/framework/error";

/** The error of a value that breaks the domain's rules. `field` and `code` are spelled as the contracts' own violations are. */
export function invalidField(field: string, code: string, message: string): ArcanaError {
  return frameworkError("VALIDATION_ERROR", `${field}: ${message}`, { violations: [{ field, message, code }] });
}
