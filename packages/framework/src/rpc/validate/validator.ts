import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Validator } from "@bufbuild/protovalidate";
import type { FieldViolation } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import { rulesOf } from "./rules.ts";
import { toFieldViolation } from "./violations.ts";

/** @throws VALIDATION_ERROR naming each wrong field; INTERNAL_ERROR where a rule of the contract itself is broken. */
export type Validate = <Desc extends DescMessage>(type: Desc, message: MessageShape<Desc>) => void;

/** Loads protovalidate and makes a `Validate` over it, which compiles a type's rules once, at its first message. */
export async function loadValidate(): Promise<Validate> {
  const { createValidator } = await import("@bufbuild/protovalidate");
  return validateWith(createValidator());
}

function validateWith(validator: Validator): Validate {
  return (type, message) => {
    const { kind, violations, error } = validator.validate(type, message);
    if (kind === "valid") return;
    if (kind === "error") throw frameworkError("INTERNAL_ERROR", `a rule of ${type.typeName} cannot be evaluated`, { cause: error });
    const rules = rulesOf(type);
    throw invalid(violations.map((violation) => toFieldViolation(violation, rules)));
  };
}

function invalid(violations: readonly FieldViolation[]): Error {
  const [first] = violations;
  const text = violations.length === 1 && first ? sentence(first) : `the request breaks ${violations.length} rules`;
  return frameworkError("VALIDATION_ERROR", text, { violations });
}

function sentence({ field, message }: FieldViolation): string {
  return field === "" ? message : `${field}: ${message}`;
}
