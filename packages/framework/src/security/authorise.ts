import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { callOf } from "../rpc/call.ts";
import type { Operation } from "../rpc/contract.ts";
import type { AccessPolicy, Guard } from "./access.ts";
import type { Caller } from "./caller.ts";

export interface AuthoriseOptions {
  /** What is served. Calls of anything else are FORBIDDEN. */
  readonly operations: readonly Operation[];
  readonly policy: AccessPolicy;
}

/**
 * Lets through who may call, by the rule of each operation's contract; it runs after `authenticate`. Who may not gets
 * FORBIDDEN, nobody UNAUTHORIZED.
 *
 * @throws TypeError, when made, that lists every operation whose rule is missing or wrong.
 */
export function createAuthorise({ operations, policy }: AuthoriseOptions): Interceptor {
  policy.checkRules(operations);
  const guards: ReadonlyMap<DescMethod, Guard> = new Map(operations.map((operation) => [operation.method, policy.guardOf(operation)]));

  return (next) => (request) => {
    try {
      const guard = guards.get(request.method);
      if (guard === undefined) throw frameworkError("FORBIDDEN", "you are not allowed to do this");
      const { caller } = callOf(request);
      if (!request.stream) guard.check(caller, request.message);
      else if (guard.needsMessage) return checkFirst(guard, caller, request.message).then((message) => next({ ...request, message }));
      else guard.check(caller, undefined);
      return next(request);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/**
 * The messages of a request that streams its answer, when the first has been checked. There is just one, by gRPC's rules;
 * should more come, they are checked as well.
 */
async function checkFirst<M extends Message>(
  guard: Guard,
  caller: Caller | undefined,
  messages: AsyncIterable<M>,
): Promise<AsyncIterable<M>> {
  const reader = checked(guard, caller, messages);
  const first = await reader.next();
  if (first.done) guard.check(caller, undefined);
  return resume(first, reader);
}

async function* checked<M extends Message>(guard: Guard, caller: Caller | undefined, messages: AsyncIterable<M>): AsyncGenerator<M, void> {
  for await (const message of messages) {
    guard.check(caller, message);
    yield message;
  }
}

async function* resume<M>(first: IteratorResult<M, void>, rest: AsyncIterable<M>): AsyncGenerator<M, void> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
