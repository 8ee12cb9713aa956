import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { rulesOf } from "./rules.ts";
import type { Validate } from "./validator.ts";
import { loadValidate } from "./validator.ts";

/**
 * The interceptor that holds every request message against the contract's `buf.validate` rules; on streams, each as it
 * comes. Answers are not checked.
 *
 * The validator is loaded at the first message that has rules: it costs 45 ms and 10 MB, which a server that is only
 * asked for its health need not pay. Calls whose messages have no rules are handed on as they are.
 *
 * Errors of its calls: VALIDATION_ERROR with one violation per broken rule; INTERNAL_ERROR where a rule itself is broken,
 * which `checkRules` finds beforehand.
 *
 * @param load Makes the validator, once. Default: protovalidate.
 */
export function validation(load: () => Promise<Validate> = loadValidate): Interceptor {
  let loading: Promise<Validate> | undefined;
  const validator = (): Promise<Validate> => {
    loading ??= load();
    return loading;
  };
  async function* checkedMessages<I extends DescMessage>(type: I, messages: AsyncIterable<MessageShape<I>>) {
    const validate = await validator();
    for await (const message of messages) {
      validate(type, message);
      yield message;
    }
  }
  return (next) => {
    const checked: typeof next = async (request) => {
      const type = request.method.input;
      if (request.stream) return next({ ...request, message: checkedMessages(type, request.message) });
      const validate = await validator();
      validate(type, request.message);
      return next(request);
    };
    return (request) => (rulesOf(request.method.input).some ? checked(request) : next(request));
  };
}
