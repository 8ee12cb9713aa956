/**
 * What the adapters of Connect, gRPC and gRPC-Web refuse by themselves, before any interceptor runs: a message that cannot be
 * read or is too large, a compression or a deadline that is not understood. Such errors come with a text of the library and
 * without a reason; here they become what all other errors are, with their details and the request's id.
 */
import type { ConnectError, ContextValues } from "@connectrpc/connect";
import { createAsyncIterable, encodeEnvelope, readAllBytes } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamFromJson,
  endStreamToJson,
  errorFromJsonBytes,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { findTrailerError, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { frameworkError } from "../error/index.ts";
import { adapterError } from "./adapter-texts.ts";
import type { Call } from "./call.ts";
import { callOf } from "./call.ts";
import type { Routes } from "./dispatch.ts";
import { toConnectError } from "./errors.ts";
import { failureOf } from "./rest/failure.ts";

type Handler = Parameters<Routes>[0]["handlers"][number];
type Request = Parameters<Handler>[0];
type Response = Awaited<ReturnType<Handler>>;
type Body = AsyncIterable<Uint8Array>;

/** For the adapters' JSON: what is not UTF-8 is refused, where the default would silently replace it. */
export const strictJson = { ignoreUnknownFields: true, textDecoder: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }) };

/** For the adapters' protobuf: what the contract does not know is passed over. Kept, every two bytes of it would take three hundred. */
export const knownFields = { readUnknownFields: false };

/** The routes as an adapter is to serve them. */
export function describeAdapterErrors(routes: Routes): Routes {
  return (router) => {
    routes(router);
    const { handlers } = router;
    handlers.splice(0, handlers.length, ...handlers.map(describing));
  };
}

function describing(handler: Handler): Handler {
  const handle = async (request: Request): Promise<Response> => {
    dropEndlessDeadline(request.header);
    const response = await handler(request);
    return describe(response, callOf({ contextValues: request.contextValues as ContextValues }));
  };
  return Object.assign(handle, handler);
}

/** Timers hold 31 bits of milliseconds, 24 days. A longer deadline would end at once, and is as good as none. */
const mostTimerMs = 2 ** 31 - 1;
const timeoutUnitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1 };

function dropEndlessDeadline(header: Headers): void {
  const grpc = /^(\d{1,8})([HMSm])$/.exec(header.get("grpc-timeout") ?? "");
  if (grpc !== null && Number(grpc[1]) * (timeoutUnitsMs[grpc[2] ?? ""] ?? 0) > mostTimerMs) header.delete("grpc-timeout");
  const connect = header.get("connect-timeout-ms");
  if (connect !== null && /^\d{1,10}$/.test(connect) && Number(connect) > mostTimerMs) header.delete("connect-timeout-ms");
}

function describe(response: Response, call: Call): Response | Promise<Response> {
  const { header, body, trailer, status } = response;
  if (call.protocol === "grpc") {
    // Of a stream that has begun the error comes later, and is none of the adapter's.
    if (trailer !== undefined) describeTrailer(trailer, call);
    return response;
  }
  if (header === undefined || body === undefined) return describeBare(response, call);
  if (status !== 200) return describeUnary(response, body, call);
  const contentType = header.get("content-type") ?? "";
  if (contentType.startsWith("application/grpc-web")) {
    return { ...response, body: eachFrame(body, trailerFlag, (data) => describeWebTrailer(data, call)) };
  }
  if (contentType.startsWith("application/connect+")) {
    return { ...response, body: eachFrame(body, endStreamFlag, (data) => describeEnd(data, call)) };
  }
  return response;
}

/** Whether there was something to describe. */
function describeTrailer(trailer: Headers, call: Call): boolean {
  const error = (trailer.get("grpc-status") ?? "0") === "0" ? undefined : findTrailerError(trailer);
  if (error === undefined || error.details.length > 0) return false;
  setTrailerStatus(trailer, described(error, call));
  return true;
}

function describeWebTrailer(data: Uint8Array, call: Call): Uint8Array | undefined {
  const trailer = trailerParse(data);
  return describeTrailer(trailer, call) ? trailerSerialize(trailer) : undefined;
}

function describeEnd(data: Uint8Array, call: Call): Uint8Array | undefined {
  const { error, metadata } = endStreamFromJson(data);
  if (error === undefined || error.details.length > 0) return undefined;
  return Buffer.from(JSON.stringify(endStreamToJson(metadata, described(error, call), undefined)));
}

const envelopeHeadBytes = 5;

/** Changes the frames of that flag. The adapters write each in a chunk of its own; errors without details are too short to be compressed. */
async function* eachFrame(body: Body, flag: number, change: (data: Uint8Array) => Uint8Array | undefined): Body {
  for await (const chunk of body) {
    const changed = chunk[0] === flag ? change(chunk.subarray(envelopeHeadBytes)) : undefined;
    yield changed === undefined ? chunk : encodeEnvelope(flag, changed);
  }
}

async function describeUnary(response: Response, body: Body, call: Call): Promise<Response> {
  const { header = new Headers(), status } = response;
  const bytes = await readAllBytes(body, Number.MAX_SAFE_INTEGER);
  const unchanged = { ...response, body: createAsyncIterable([bytes]) };
  if (header.has("content-encoding")) return unchanged;
  const error = errorFromJsonBytes(
    bytes,
    undefined,
    toConnectError(frameworkError("INTERNAL_ERROR", `an answer of ${status} is no error`)),
  );
  if (error.details.length > 0) return unchanged;
  const better = described(error, call);
  const text = errorToJsonBytes(better, undefined);
  header.set("content-length", String(text.byteLength));
  for (const [name, value] of better.metadata) header.set(name, value);
  return { ...response, status: codeToHttpStatus(better.code), header, body: createAsyncIterable([text]) };
}

function described(error: ConnectError, { requestId }: Call): ConnectError {
  const better = toConnectError(adapterError(error), requestId);
  better.metadata.set("x-request-id", requestId);
  return better;
}

/** A status alone: what came is none of the protocols, so the answer is that of the port. */
function describeBare(response: Response, { traceId }: Call): Response {
  const { status } = response;
  const error =
    status === 405
      ? frameworkError("METHOD_NOT_ALLOWED", "operations are called by POST at this address")
      : frameworkError("UNSUPPORTED_MEDIA_TYPE", "the content type is none of Connect's or gRPC-Web's");
  if (status !== error.http) return response;
  const { headers, body } = failureOf(error, traceId, undefined);
  return {
    status,
    header: new Headers({ ...headers, ...(status === 405 && { allow: "POST" }) }),
    body: createAsyncIterable([Buffer.from(body)]),
  };
}
