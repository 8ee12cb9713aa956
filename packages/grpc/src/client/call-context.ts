/** What the calls of a transport have in common. */
import type { DescMessage, DescMethod, MessageShape } from "@bufbuild/protobuf";
import { compileDecoder, type Decoder } from "../codec/decoder.ts";
import { compileEncoder, type Encoder } from "../codec/encoder.ts";
import { jsonDecoder, jsonEncoder } from "../codec/json.ts";
import { acceptEncoding, type Compression } from "../grpc/compression.ts";
import type { DeadlineQueue } from "../grpc/deadline.ts";
import { type MessageFormat, requestHeaders } from "../grpc/headers.ts";
import type { MessageWriter } from "../grpc/message-writer.ts";
import type { Clock } from "../http2/clock.ts";
import type { HeaderList } from "../http2/handler.ts";
import type { Channel } from "./channel.ts";
import { assertRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
import type { RetryThrottle } from "./retry-throttle.ts";
import type { Target } from "./target.ts";

export interface CallContext {
  readonly channel: Channel;
  readonly target: Target;
  readonly clock: Clock;
  readonly deadlines: DeadlineQueue;
  readonly writer: MessageWriter;
  readonly format: MessageFormat;
  readonly acceptCompression: readonly Compression[];
  readonly sendCompression: Compression | undefined;
  readonly compressMinBytes: number;
  readonly readMaxBytes: number;
  /** What a streaming call keeps of its requests to be able to make it again. */
  readonly replayBytes: number;
  readonly throttle: RetryThrottle | undefined;
  readonly retry: (method: DescMethod) => RetryPolicy | undefined;
  readonly random: () => number;
}

/** What the calls of a method have in common. */
export interface MethodCalls<I extends DescMessage, O extends DescMessage> {
  readonly url: string;
  readonly input: I;
  /** The same array for each call: HTTP/2 remembers how it is encoded. */
  readonly fixed: HeaderList;
  readonly encoder: Encoder<MessageShape<I>>;
  readonly decoder: Decoder<MessageShape<O>>;
  readonly retry: RetryPolicy | undefined;
}

export type AnyMethodCalls = MethodCalls<DescMessage, DescMessage>;

/** @throws RangeError at a retry policy that is not valid */
export function prepareMethod(method: DescMethod, context: CallContext): AnyMethodCalls {
  const { target, format, sendCompression, acceptCompression } = context;
  const path = `/${method.parent.typeName}/${method.name}`;
  const fixed = requestHeaders({
    scheme: target.scheme,
    authority: target.authority,
    path,
    format,
    ...(sendCompression === undefined ? {} : { encoding: sendCompression.name }),
    ...(acceptCompression.length === 0 ? {} : { acceptEncoding: acceptEncoding(acceptCompression) }),
  });
  const retry = context.retry(method);
  if (retry !== undefined) assertRetryPolicy(retry);
  const isBinary = format === "proto";
  return {
    url: `${target.scheme}://${target.authority}${path}`,
    input: method.input,
    fixed,
    encoder: isBinary ? compileEncoder(method.input) : jsonEncoder(method.input),
    decoder: isBinary ? compileDecoder(method.output) : jsonDecoder(method.output, { ignoreUnknownFields: true }),
    retry,
  };
}
