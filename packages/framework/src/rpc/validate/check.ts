import type { DescMessage, DescService } from "@bufbuild/protobuf";
import type { Validator } from "@bufbuild/protovalidate";
import { reachableMessages } from "./reachable.ts";
import { sampleMessages } from "./sample.ts";

/**
 * Tries the `buf.validate` rules of every type that a request of the services can hold, on an empty message and on
 * filled ones. For tests: a rule that cannot be compiled, or that fails on a value instead of refusing it, would be an
 * INTERNAL_ERROR of each call that meets it.
 *
 * @throws TypeError that names every broken rule with its message type.
 */
export async function checkRules(services: readonly DescService[]): Promise<void> {
  const { createValidator } = await import("@bufbuild/protovalidate");
  const validator = createValidator();
  const inputs = services.flatMap((service) => service.methods.map((method) => method.input));
  const types = new Set(inputs.flatMap((input) => [...reachableMessages(input)]));
  const broken = [...types].flatMap((type) => brokenRules(validator, type));
  if (broken.length > 0) throw new TypeError(`broken rules in the contracts:\n${broken.join("\n")}`);
}

function brokenRules(validator: Validator, type: DescMessage): string[] {
  const texts = sampleMessages(type).flatMap((sample) => {
    const { kind, error } = validator.validate(type, sample);
    return kind === "error" ? [`${type.typeName}: ${error.message}`] : [];
  });
  return [...new Set(texts)];
}
