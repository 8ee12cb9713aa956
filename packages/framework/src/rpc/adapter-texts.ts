/** The errors that Connect's adapters raise by themselves, known by their texts, as errors of the framework. */
import type { ConnectError } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import type { ArcanaError, frameworkErrors } from "../error/index.ts";
import { frameworkError } from "../error/index.ts";
import { fromConnectError } from "./errors.ts";

type Meaning = readonly [text: RegExp, reason: keyof typeof frameworkErrors, message: string];

/** Their own texts are not passed on: they speak of the library, and those of JSON quote what the client sent. */
const meanings: readonly Meaning[] = [
  [/^parse binary: /, "INVALID_ARGUMENT", "the message is not valid protobuf, or a text in it is not UTF-8"],
  [/^The encoded data was not valid/, "INVALID_JSON", "the body is not UTF-8"],
  [/ from JSON: .*(?:in JSON at position|JSON input|not valid JSON)/s, "INVALID_JSON", "the body is not valid JSON"],
  [/^cannot decode message .* from JSON: /s, "INVALID_ARGUMENT", "the request must be an object"],
  [/^unknown compression /, "NOT_IMPLEMENTED", "the compression is not understood"],
  [/^decompression failed/, "INVALID_ARGUMENT", "the message cannot be decompressed"],
  [/^received compressed envelope/, "INVALID_ARGUMENT", "the message is marked as compressed, and nothing says by what"],
  [/timeout value/, "INVALID_ARGUMENT", "the timeout is malformed"],
  [/^protocol error: (?:promised|incomplete)/, "INVALID_ARGUMENT", "the message is not as long as announced"],
  [/^protocol error: missing input/, "NOT_IMPLEMENTED", "the operation takes one message, and none came"],
  [/^protocol error: received extra/, "NOT_IMPLEMENTED", "the operation takes one message, and more came"],
];

const wrongField = /^cannot decode field \S+?\.([^.\s]+) from JSON: /;

/** @param error one that an adapter raised before the interceptors ran */
export function adapterError(error: ConnectError): ArcanaError {
  if (error.code === Code.ResourceExhausted)
    return frameworkError("PAYLOAD_TOO_LARGE", "the message is larger than the limit", { cause: error });
  const field = wrongField.exec(error.rawMessage)?.[1];
  if (field !== undefined) return wrongType(field, error);
  const meaning = meanings.find(([text]) => text.test(error.rawMessage));
  return meaning === undefined ? fromConnectError(error) : frameworkError(meaning[1], meaning[2], { cause: error });
}

function wrongType(field: string, cause: ConnectError): ArcanaError {
  const message = "has a value of the wrong type or form";
  return frameworkError("INVALID_ARGUMENT", `${field} ${message}`, { violations: [{ field, message, code: "type" }], cause });
}
