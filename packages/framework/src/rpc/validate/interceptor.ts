import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { ValidatorSource } from "./prepare.ts";
import { lazyValidator } from "./prepare.ts";
import { rulesOf } from "./rules.ts";
import type { Validate } from "./validator.ts";

/**
 * The interceptor that holds every request message against the contract's `buf.validate` rules; on streams, each as it
 * comes. Answers are not checked.
 *
 * The validator is loaded at the first message that has rules, unless {@link prepareRules} has done it. Calls whose messages
 * have no rules are handed on as they are.
 *
 * Errors of its calls: VALIDATION_ERROR with one violation per broken rule; INTERNAL_ERROR where a rule itself is broken,
 * which `checkRules` finds beforehand.
 *
 * @param validator Default: one of its own.
 */
export function validation(validator: ValidatorSource = lazyValidator()): Interceptor {
  async function* checkedMessages<I extends DescMessage>(type: I, messages: AsyncIterable<MessageShape<I>>) {
    const validate = await validator();
    for await (const message of messages) {
      validate(type, message);
      yield message;
    }
  }
  return (next) => {
    type Request = Parameters<typeof next>[0];
    const pass = (validate: Validate, request: Exclude<Request, { readonly stream: true }>): ReturnType<typeof next> => {
      validate(request.method.input, request.message);
      return next(request);
    };
    const checked = async (request: Request): ReturnType<typeof next> => {
      if (request.stream) return next({ ...request, message: checkedMessages(request.method.input, request.message) });
      const validate = validator();
      return validate instanceof Promise ? pass(await validate, request) : pass(validate, request);
    };
    return (request) => (rulesOf(request.method.input).some ? checked(request) : next(request));
  };
}
