/** Makes fields fit for the log: what stands under a secret's name is masked at any depth, sizes are bounded, errors reduced. */
import { types } from "node:util";
import { errorFields } from "./errors.ts";
import { redacted, scrub } from "./scrub.ts";

const maxDepth = 8;
/** Of one object or list. */
const maxItems = 100;
/** Of one line, over all depths. */
const maxValues = 1000;

const secretName =
  /pass(?:word|wd|phrase|code)|secret|token|authorization|cookie|credential|(?:api|private|signing|encryption)[_-]?key|^(?:pass|pwd|jwt|otp|pin)$/i;

const known = new Map<string, boolean>();

/** Whether what stands under the name is a password, token, cookie or key. */
function isSecretName(name: string): boolean {
  let secret = known.get(name);
  if (secret === undefined) {
    secret = secretName.test(name);
    // Names come from code, so they are few; the bound is for a map whose keys are data.
    if (known.size < 2000) known.set(name, secret);
  }
  return secret;
}

/** A copy of `fields` that may be logged. Never throws. */
export function redact(fields: object): Record<string, unknown> {
  return copyFields(fields, { left: maxValues }, 0);
}

/** How many values the line may still take. */
interface Budget {
  left: number;
}

function copyFields(fields: object, budget: Budget, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  let count = 0;
  for (const name in fields) {
    if (name === "__proto__") continue;
    if (count++ === maxItems || budget.left-- <= 0) {
      copy["…"] = "more";
      break;
    }
    copy[name] = copyField(fields, name, budget, depth);
  }
  return copy;
}

function copyField(fields: object, name: string, budget: Budget, depth: number): unknown {
  try {
    const value: unknown = (fields as Readonly<Record<string, unknown>>)[name];
    if (isSecretName(name) && value !== undefined && value !== null && typeof value !== "boolean") return redacted;
    return copyValue(value, budget, depth + 1);
  } catch {
    // A getter or a toJSON that throws must not take the line with it.
    return "[unreadable]";
  }
}

function copyValue(value: unknown, budget: Budget, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return scrub(value);
    case "number":
    case "boolean":
    case "undefined":
      return value;
    case "bigint":
      return value.toString();
    case "symbol":
    case "function":
      return `[${typeof value}]`;
    case "object":
      return value === null ? null : copyObject(value, budget, depth);
  }
}

function copyObject(value: object, budget: Budget, depth: number): unknown {
  if (depth > maxDepth) return "[too deep]";
  if (types.isNativeError(value)) return errorFields(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return copyItems(value, budget, depth);
  if (value instanceof Map) return copyFields(Object.fromEntries(value), budget, depth);
  if (value instanceof Set) return copyItems([...value], budget, depth);
  if ("toJSON" in value && typeof value.toJSON === "function") return copyValue(value.toJSON(), budget, depth + 1);
  return copyFields(value, budget, depth);
}

function copyItems(items: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const copy: unknown[] = [];
  for (const item of items) {
    if (copy.length === maxItems || budget.left-- <= 0) {
      copy.push(`… ${items.length - copy.length} more`);
      break;
    }
    copy.push(copyValue(item, budget, depth + 1));
  }
  return copy;
}
