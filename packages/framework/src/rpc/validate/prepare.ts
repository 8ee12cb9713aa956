import { setImmediate as turn } from "node:timers/promises";
import type { DescService } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { ArcanaError } from "../../error/index.ts";
import { lazily } from "../lazily.ts";
import { rulesOf } from "./rules.ts";
import type { Validate } from "./validator.ts";
import { loadValidate } from "./validator.ts";

/** Gives the validator; it is loaded and made once, by the first who asks. */
export type ValidatorSource = () => Validate | Promise<Validate>;

/** A validator for any number of chains: each of its own would compile every rule again. */
export function lazyValidator(load: () => Promise<Validate> = loadValidate): ValidatorSource {
  const validator = lazily(load);
  return () => validator.loaded ?? validator.load();
}

/**
 * Loads the validator and compiles the rules of every request of the services, which the first calls would wait for: 0.1 s
 * and 6 MB. What else there is to do may be done in between.
 *
 * @throws INTERNAL_ERROR where a rule is broken.
 */
export async function prepareRules(source: ValidatorSource, services: readonly DescService[]): Promise<void> {
  const validate = await source();
  const inputs = new Set(services.flatMap((service) => service.methods.map((method) => method.input)));
  for (const input of inputs) {
    if (!rulesOf(input).some) continue;
    await turn();
    try {
      validate(input, create(input));
    } catch (error) {
      // That an empty message breaks rules is to be expected.
      if (!(error instanceof ArcanaError && error.reason === "VALIDATION_ERROR")) throw error;
    }
  }
}
