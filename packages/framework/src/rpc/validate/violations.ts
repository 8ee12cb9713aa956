/** The validator's findings as ours: paths in proto names, and no value of a sensitive field in any text. */
import type { Path } from "@bufbuild/protobuf/reflect";
import { pathToString } from "@bufbuild/protobuf/reflect";
import type { Violation } from "@bufbuild/protovalidate";
import type { FieldViolation } from "../../error/index.ts";
import type { TypeRules } from "./rules.ts";
import { isSensitive } from "./rules.ts";
import { reworded } from "./wording.ts";

/** One violation, safe to send and to log. */
export function toFieldViolation(violation: Violation, rules: TypeRules): FieldViolation {
  return {
    field: pathToString(withoutSecretKeys(violation.field)),
    message: messageOf(violation, rules),
    code: violation.ruleId,
  };
}

function messageOf(violation: Violation, rules: TypeRules): string {
  if (mayEcho(violation, rules)) return `breaks the rule ${violation.ruleId}`;
  return isCustom(violation) ? violation.message : reworded(violation.message);
}

/**
 * Whether the text may hold a value of the request. The standard rules' texts are made of the rule alone; a CEL
 * expression that returns its text can put anything into it, so beside secrets only declared texts are passed on.
 */
function mayEcho(violation: Violation, { secrets, declaredTexts }: TypeRules): boolean {
  return secrets && isCustom(violation) && !declaredTexts.has(violation.message);
}

function isCustom({ rule, ruleId, field }: Violation): boolean {
  if (rule.length > 0) return rule.some(leadsToCel);
  // Rules of whole messages and of oneofs have no path.
  return ruleId !== "message.oneof" && field.at(-1)?.kind !== "oneof";
}

function leadsToCel(step: Path[number]): boolean {
  return step.kind === "extension" || (step.kind === "field" && (step.name === "cel" || step.name === "cel_expression"));
}

/** The path, cut before the key of a sensitive map: the key is part of the secret. */
function withoutSecretKeys(path: Path): Path {
  const cut = path.findIndex((step, index) => {
    const before = path[index - 1];
    return step.kind === "map_sub" && before?.kind === "field" && isSensitive(before);
  });
  return cut === -1 ? path : path.slice(0, cut);
}
