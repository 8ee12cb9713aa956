/** One question of the reflection protocol, and its answer: the same in every version of it. */
import type { DescFile, DescService } from "@bufbuild/protobuf";
import type { DescriptorIndex } from "./descriptor-index.ts";
import { createDescriptorIndex, withImports } from "./descriptor-index.ts";

/** A question; in the generated types only the type's name differs between the versions. */
export interface Question {
  readonly host: string;
  readonly messageRequest: Asked;
}

type Asked =
  | { case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices"; value: string }
  | { case: "fileContainingExtension"; value: { containingType: string; extensionNumber: number } }
  | { case: undefined; value?: undefined };

interface Response {
  validHost: string;
  originalRequest: Question;
  messageResponse: Answer;
}

type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

/** The status codes of gRPC that an answer can carry in place of an error of the whole stream. */
const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;

/** Answers the questions of one stream, which remembers the files that its client has. */
export type Answerer = (question: Question) => Response;

/** Makes an answerer for each stream. The services' descriptors are indexed at the first question of all. */
export function createAnswers(services: readonly DescService[]): () => Answerer {
  const names = services.map((service) => service.typeName).sort();
  let index: DescriptorIndex | undefined;
  return () => {
    const sent = new Set<DescFile>();
    return (question) => {
      index ??= createDescriptorIndex(services);
      return {
        validHost: question.host,
        originalRequest: { host: question.host, messageRequest: plain(question.messageRequest) },
        messageResponse: answer(question.messageRequest, names, index, sent),
      };
    };
  };
}

/** The question again, without the type name of the version it was asked in. */
function plain(asked: Asked): Asked {
  if (asked.case !== "fileContainingExtension") return asked;
  const { containingType, extensionNumber } = asked.value;
  return { case: asked.case, value: { containingType, extensionNumber } };
}

function answer(asked: Asked, services: readonly string[], index: DescriptorIndex, sent: Set<DescFile>): Answer {
  switch (asked.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case "fileByFilename":
      return fileAnswer(index.findFile(asked.value), `file ${asked.value}`, index, sent);
    case "fileContainingSymbol":
      return fileAnswer(index.findFileOfSymbol(asked.value), `symbol ${asked.value}`, index, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const file = index.findFileOfExtension(containingType, extensionNumber);
      return fileAnswer(file, `extension ${extensionNumber} of ${containingType}`, index, sent);
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.findExtensionNumbers(asked.value);
      if (numbers === undefined) return errorAnswer(NOT_FOUND, `there is no message type ${asked.value} here`);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: asked.value, extensionNumber: [...numbers] } };
    }
    case undefined:
      return errorAnswer(INVALID_ARGUMENT, "the request asks for nothing");
  }
}

/**
 * The file and all that it imports. What the stream has had is left out, but for the file itself: an answer without it
 * would be none.
 */
function fileAnswer(file: DescFile | undefined, what: string, index: DescriptorIndex, sent: Set<DescFile>): Answer {
  if (file === undefined) return errorAnswer(NOT_FOUND, `there is no ${what} here`);
  const fresh = withImports([file]).filter((each) => each === file || !sent.has(each));
  for (const each of fresh) sent.add(each);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: fresh.map(index.bytesOf) } };
}

function errorAnswer(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
