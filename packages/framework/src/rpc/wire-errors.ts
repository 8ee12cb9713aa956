import type { ConnectError, Interceptor, StreamResponse, UnaryResponse } from "@connectrpc/connect";
import { bearerChallenge } from "../security/bearer.ts";
import { callOf } from "./call.ts";
import { toArcanaError } from "./errors.ts";
import { lazily } from "./lazily.ts";

/** With it comes Connect; who serves its protocols has loaded that by the time anything can fail. */
const connectError = lazily(() => import("./connect-error.ts"));

/**
 * The outermost interceptor of gRPC, Connect and gRPC-Web: errors leave with their details, every answer with its
 * `x-request-id`. The REST binding does the same in its own form.
 */
export const wireErrors: Interceptor = (next) => async (request) => {
  const { requestId } = callOf(request);
  const convert = async (thrown: unknown): Promise<ConnectError> => {
    const error = toArcanaError(thrown);
    const { toConnectError } = connectError.loaded ?? (await connectError.load());
    const converted = toConnectError(error, requestId);
    converted.metadata.set("x-request-id", requestId);
    const challenge = bearerChallenge(error);
    if (challenge !== undefined) converted.metadata.set("www-authenticate", challenge);
    return converted;
  };
  try {
    const response = await next(request);
    response.header.set("x-request-id", requestId);
    return response.stream ? withConvertedErrors(response, convert) : response;
  } catch (thrown) {
    throw await convert(thrown);
  }
};

function withConvertedErrors(response: StreamResponse, convert: (thrown: unknown) => Promise<ConnectError>): StreamResponse {
  async function* messages(): AsyncGenerator<UnaryResponse["message"]> {
    try {
      yield* response.message;
    } catch (thrown) {
      throw await convert(thrown);
    }
  }
  return { ...response, message: messages() };
}
