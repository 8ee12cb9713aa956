/**
 * What the adapters of Connect, gRPC and gRPC-Web refuse by themselves, before any interceptor runs: a message that cannot be
 * read or is too large, a compression or a deadline that is not understood. Such errors come with a text of the library and
 * without a reason; here they become what all other errors are, with their details and the request's id. What has passed
 * through `wireErrors` has both already, and is known by the id.
 */
import type { ContextValues, Interceptor, StreamRequest, StreamResponse } from "@connectrpc/connect";
import { ConnectError } from "@connectrpc/connect";
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
import type { ArcanaError } from "../error/index.ts";
import { frameworkError } from "../error/index.ts";
import { adapterError } from "./adapter-texts.ts";
import type { Call } from "./call.ts";
import { callOf } from "./call.ts";
import { toConnectError } from "./connect-error.ts";
import type { Routes } from "./dispatch.ts";
import { fromConnectError } from "./errors.ts";
import type { OnRefused } from "./refusal.ts";
import { failureOf } from "./rest/failure.ts";
import { unendingBody } from "./unread-body.ts";

type Handler = Parameters<Routes>[0]["handlers"][number];
type Request = Parameters<Handler>[0];
type Response = Awaited<ReturnType<Handler>>;
type Body = AsyncIterable<Uint8Array>;

/** For the adapters' JSON: what is not UTF-8 is refused, where the default would silently replace it. */
export const strictJson = { ignoreUnknownFields: true, textDecoder: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }) };

/** For the adapters' protobuf: what the contract does not know is passed over. Kept, every two bytes of it would take three hundred. */
export const knownFields = { readUnknownFields: false };

/** The routes as an adapter is to serve them. `onRefused` is told of what no interceptor has seen. */
export function describeAdapterErrors(routes: Routes, onRefused: OnRefused = () => {}): Routes {
  return (router) => {
    routes(router);
    const { handlers } = router;
    handlers.splice(0, handlers.length, ...handlers.map((handler) => describing(handler, onRefused)));
  };
}

/**
 * The same for the messages of streams, which the adapters read when interceptors run already: to stand within `wireErrors`.
 */
export const describeMessageErrors: Interceptor = (next) => (request) => (request.stream ? describedStream(next, request) : next(request));

async function describedStream(next: ReturnType<Interceptor>, request: StreamRequest): Promise<StreamResponse> {
  // Of two messages where one is wanted the adapter says so itself, outside of the messages.
  const wrongCount = (thrown: unknown): never => {
    throw thrown instanceof ConnectError && thrown.rawMessage.startsWith("protocol error: ") ? adapterError(thrown) : thrown;
  };
  return (await next({ ...request, message: describedMessages(request.message) }).catch(wrongCount)) as StreamResponse;
}

async function* describedMessages<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw thrown instanceof ConnectError && thrown.details.length === 0 ? adapterError(thrown) : thrown;
  }
}

/** Tells of a call that was refused. */
type Refuse = (error: ArcanaError, call: Call) => void;

function describing(handler: Handler, onRefused: OnRefused): Handler {
  const { method } = handler;
  const refuse: Refuse = (error, { protocol, requestId, traceId, address }) =>
    onRefused({ method, protocol, error, requestId, traceId, address });
  const handle = async (request: Request): Promise<Response> => {
    dropEndlessDeadline(request.header);
    const call = callOf({ contextValues: request.contextValues as ContextValues });
    const response = await handler(call.protocol === "grpc" ? request : { ...request, body: unendingBody(request.body as Body) });
    return describe(response, call, refuse);
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

const idHeader = "x-request-id";

function describe(response: Response, call: Call, refuse: Refuse): Response | Promise<Response> {
  const { header, body, trailer, status } = response;
  if (header === undefined || body === undefined) return describeBare(response, call, refuse);
  if (call.protocol === "grpc") {
    // Of a stream that has begun the error comes later, and is none of the adapter's.
    if (trailer !== undefined) describeTrailer(trailer, call, refuse);
    return response;
  }
  if (status !== 200) return describeUnary(response, body, call, refuse);
  const contentType = header.get("content-type") ?? "";
  if (contentType.startsWith("application/grpc-web")) {
    return { ...response, body: eachFrame(body, trailerFlag, (data) => describeWebTrailer(data, call, refuse)) };
  }
  if (contentType.startsWith("application/connect+")) {
    return { ...response, body: eachFrame(body, endStreamFlag, (data) => describeEnd(data, call, refuse)) };
  }
  return response;
}

/** Whether there was something to describe. */
function describeTrailer(trailer: Headers, call: Call, refuse: Refuse): boolean {
  if ((trailer.get("grpc-status") ?? "0") === "0" || trailer.has(idHeader)) return false;
  const error = findTrailerError(trailer);
  if (error === undefined) return false;
  setTrailerStatus(trailer, described(error, call, refuse));
  return true;
}

function describeWebTrailer(data: Uint8Array, call: Call, refuse: Refuse): Uint8Array | undefined {
  const trailer = trailerParse(data);
  return describeTrailer(trailer, call, refuse) ? trailerSerialize(trailer) : undefined;
}

function describeEnd(data: Uint8Array, call: Call, refuse: Refuse): Uint8Array | undefined {
  const { error, metadata } = endStreamFromJson(data);
  if (error === undefined || metadata.has(idHeader)) return undefined;
  return Buffer.from(JSON.stringify(endStreamToJson(metadata, described(error, call, refuse), undefined)));
}

const envelopeHeadBytes = 5;

/** Changes the frames of that flag. The adapters write each in a chunk of its own; errors without details are too short to be compressed. */
async function* eachFrame(body: Body, flag: number, change: (data: Uint8Array) => Uint8Array | undefined): Body {
  for await (const chunk of body) {
    const changed = chunk[0] === flag ? change(chunk.subarray(envelopeHeadBytes)) : undefined;
    yield changed === undefined ? chunk : encodeEnvelope(flag, changed);
  }
}

async function describeUnary(response: Response, body: Body, call: Call, refuse: Refuse): Promise<Response> {
  const { header = new Headers(), status } = response;
  if (header.has(idHeader)) return response;
  const bytes = await readAllBytes(body, Number.MAX_SAFE_INTEGER);
  if (header.has("content-encoding")) return { ...response, body: createAsyncIterable([bytes]) };
  const error = errorFromJsonBytes(
    bytes,
    undefined,
    toConnectError(frameworkError("INTERNAL_ERROR", `an answer of ${status} is no error`)),
  );
  const better = described(error, call, refuse);
  const text = errorToJsonBytes(better, undefined);
  header.set("content-length", String(text.byteLength));
  for (const [name, value] of better.metadata) header.set(name, value);
  return { ...response, status: codeToHttpStatus(better.code), header, body: createAsyncIterable([text]) };
}

function described(error: ConnectError, call: Call, refuse: Refuse): ConnectError {
  const { requestId } = call;
  // What has details was made by us, such as the reason for which the server cut the call.
  const ours = error.details.length > 0 ? fromConnectError(error) : adapterError(error);
  refuse(ours, call);
  const better = toConnectError(ours, requestId);
  better.metadata.set(idHeader, requestId);
  return better;
}

/** A status alone: what came is none of the protocols, so the answer is that of the port. */
function describeBare(response: Response, call: Call, refuse: Refuse): Response {
  const { status } = response;
  const error =
    status === 405
      ? frameworkError("METHOD_NOT_ALLOWED", "operations are called by POST at this address")
      : frameworkError("UNSUPPORTED_MEDIA_TYPE", "the content type is none that is spoken at this address");
  if (status !== error.http) return response;
  refuse(error, call);
  // gRPC's clients expect no body (doc/PROTOCOL-HTTP2.md, "Responses").
  if (call.protocol === "grpc") return response;
  const { headers, body } = failureOf(error, call.traceId, undefined);
  return {
    status,
    header: new Headers({ ...headers, ...(status === 405 && { allow: "POST" }) }),
    body: createAsyncIterable([Buffer.from(body)]),
  };
}
