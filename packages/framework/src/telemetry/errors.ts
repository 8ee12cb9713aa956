import { types } from "node:util";
import { scrub } from "./scrub.ts";

const maxDepth = 5;
const maxErrors = 10;

/** What is said of an error beside its message: never the request, the SQL or the parameters that libraries hang on it. */
const properties = ["code", "reason", "errno", "syscall", "address", "port"] as const;

/** An error as it is logged, its causes within. */
export function errorFields(error: Error, depth = 0): Record<string, unknown> {
  const fields: Record<string, unknown> = { type: error.name, message: scrub(String(error.message)), stack: scrub(String(error.stack)) };
  const source = error as Error & Readonly<Record<string, unknown>>;
  for (const name of properties) {
    const value = source[name];
    if (typeof value === "string") fields[name] = scrub(value);
    else if (typeof value === "number") fields[name] = value;
  }
  if (depth === maxDepth) return fields;
  if (types.isNativeError(error.cause)) fields.cause = errorFields(error.cause, depth + 1);
  else if (typeof error.cause === "string") fields.cause = scrub(error.cause);
  if (error instanceof AggregateError) {
    const inner = error.errors.filter((each) => types.isNativeError(each)).slice(0, maxErrors);
    fields.errors = inner.map((each) => errorFields(each, depth + 1));
  }
  return fields;
}
