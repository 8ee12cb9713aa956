/** The reasons for which an operation can fail: those that follow from its contract, and those that its comment names. */
import type { DescField } from "@bufbuild/protobuf";
import type { HttpBinding, Operation } from "../contract.ts";
import { operationName } from "../contract.ts";
import { fieldRulesOf } from "../validate/declared-rules.ts";
import { hasOwnRules, rulesOf } from "../validate/rules.ts";
import type { Access } from "./access.ts";
import type { DocumentedPath } from "./documented-path.ts";

const named = /\s*Errors: ([A-Z][A-Z0-9_]*(?:, [A-Z][A-Z0-9_]*)*)\./;

/** The comment without its sentence `Errors: A, B.`, and the reasons of that. */
export function splitComment({ method }: Operation, comment: string): { readonly text: string; readonly reasons: readonly string[] } {
  const reasons = named.exec(comment)?.[1]?.split(", ") ?? [];
  const text = comment.replace(named, "").trim();
  if (text.includes("Errors:")) throw new TypeError(`${operationName(method)}: its comment does not end its errors as "Errors: A, B."`);
  return { text, reasons };
}

/** The framework's own reasons: of reading the request, of its rules, and of access. */
export function contractReasons({ method: { input } }: Operation, { body }: HttpBinding, path: DocumentedPath, access: Access): string[] {
  const inPath = new Set(path.variables.map(({ name }) => name));
  const fields = input.fields.filter(({ name }) => !inPath.has(name));
  // A rule on what is in the path makes an address that is none: 400. All others are of the request's content: 422.
  const hasRules = (field: DescField) => fieldRulesOf(field) !== undefined || (field.message !== undefined && rulesOf(field.message).some);
  const checked = hasOwnRules(input) || fields.some(hasRules);
  return [
    ...(body.kind === "none" ? [] : ["INVALID_JSON"]),
    ...(input.fields.length > 0 ? ["INVALID_ARGUMENT"] : []),
    ...(body.kind === "none" ? [] : ["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"]),
    ...(checked ? ["VALIDATION_ERROR"] : []),
    ...(access.token ? ["UNAUTHORIZED", "INVALID_TOKEN", "TOKEN_EXPIRED"] : []),
    ...(access.refusable ? ["FORBIDDEN"] : []),
  ];
}
