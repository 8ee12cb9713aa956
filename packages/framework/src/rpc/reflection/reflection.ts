/**
 * The standard server reflection of gRPC, by which grpcurl and its like learn what a server offers.
 * https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
import type { DescService } from "@bufbuild/protobuf";
import { frameworkError } from "../../error/index.ts";
import { ServerReflection as ServerReflectionV1 } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1Alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import type { Routes } from "../dispatch.ts";
import type { Question } from "./answers.ts";
import { createAnswers } from "./answers.ts";

/** Questions hold a name or two. The contract is gRPC's own, and sets no bound. */
const maxQuestionBytes = 16 * 1024;

export interface ReflectionOptions {
  /** The services to tell of; reflection itself is added. */
  readonly services: readonly DescService[];
  /** How many questions one stream may ask. Default: 10 000. */
  readonly maxQuestions?: number;
}

/**
 * Server reflection, v1 and v1alpha, over the descriptors of the services and all that they import.
 *
 * What is not there is an `ErrorResponse` with code 5, as the protocol has it; the stream goes on.
 * Errors of its streams: RATE_LIMIT_EXCEEDED after `maxQuestions`.
 */
export function reflection({ services, maxQuestions = 10_000 }: ReflectionOptions): Routes {
  const createAnswerer = createAnswers([...new Set([...services, ServerReflectionV1, ServerReflectionV1Alpha])]);
  async function* serverReflectionInfo(questions: AsyncIterable<Question>) {
    const answerer = createAnswerer();
    let asked = 0;
    for await (const question of questions) {
      asked++;
      if (asked > maxQuestions) throw frameworkError("RATE_LIMIT_EXCEEDED", `a stream may ask ${maxQuestions} questions`);
      yield answerer(question);
    }
  }
  return (router) => {
    const options = { readMaxBytes: maxQuestionBytes };
    router.service(ServerReflectionV1, { serverReflectionInfo }, options);
    router.service(ServerReflectionV1Alpha, { serverReflectionInfo }, options);
  };
}
