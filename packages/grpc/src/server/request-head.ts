/** What the head of a request asks for: understood once for each header block, which a client repeats from call to call. */
import { Code, ConnectError } from "@connectrpc/connect";
import { acceptEncoding, type Compression, chooseCompression, findCompression } from "../grpc/compression.ts";
import { type MessageFormat, parseContentType, refuseRequest, responseHeaders } from "../grpc/headers.ts";
import { parseTimeout } from "../grpc/timeout.ts";
import type { HeaderList } from "../http2/handler.ts";
import type { HeaderBlock } from "../http2/header-block.ts";
import { encodeStateless } from "../http2/hpack/encoder.ts";
import type { MethodCodec, ServedMethod } from "./method.ts";

/** What a head is understood with. */
export interface RequestRules {
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly compressions: readonly Compression[];
  /** Messages of at least so many bytes are compressed where the client takes it. */
  readonly compressMinBytes: number;
}

/** A request that can be served. */
export class RequestHead {
  readonly method: ServedMethod;
  readonly format: MessageFormat;
  readonly codec: MethodCodec;
  /** `grpc-timeout`, -1 where there is none. */
  readonly timeoutMs: number;
  /** What the client's messages are compressed with. */
  readonly compression: Compression | undefined;
  /** What ours are compressed with. */
  readonly answerCompression: Compression | undefined;
  /** The head of an answer without metadata, encoded. */
  readonly answerBlock: Uint8Array;

  constructor(method: ServedMethod, format: MessageFormat, block: HeaderBlock, rules: RequestRules) {
    const timeout = block.find("grpc-timeout");
    this.method = method;
    this.format = format;
    this.timeoutMs = timeout === undefined ? -1 : parseTimeout(timeout);
    this.compression = findCompression(block.find("grpc-encoding"), rules.compressions);
    this.answerCompression =
      rules.compressMinBytes === Number.POSITIVE_INFINITY
        ? undefined
        : chooseCompression(block.find("grpc-accept-encoding"), this.compression, rules.compressions);
    this.codec = method.codec(format);
    this.answerBlock = answerBlock(format, this.answerCompression?.name);
  }
}

/** A request that is answered without looking at its messages. */
export class RefusedRequest {
  /** The whole answer, where it is none of gRPC's. */
  readonly refusal: HeaderList | undefined;
  readonly error: ConnectError;
  readonly format: MessageFormat;

  constructor(refusal: HeaderList | undefined, error: ConnectError, format: MessageFormat) {
    this.refusal = refusal;
    this.error = error;
    this.format = format;
  }
}

/** Reads a head, or remembers how it was read. */
export function readHead(block: HeaderBlock, rules: RequestRules): RequestHead | RefusedRequest {
  const known = block.memo;
  if (known instanceof RequestHead || known instanceof RefusedRequest) return known;
  const head = understand(block, rules);
  block.memo = head;
  return head;
}

function understand(block: HeaderBlock, rules: RequestRules): RequestHead | RefusedRequest {
  const refusal = refuseRequest(block);
  const format = parseContentType(block.find("content-type")) ?? "proto";
  if (refusal !== undefined) return new RefusedRequest(refusal, new ConnectError("no gRPC request", Code.Internal), format);
  const method = rules.methods.get(block.path ?? "");
  if (method === undefined) {
    const path = (block.path ?? "").slice(0, 200);
    return new RefusedRequest(undefined, new ConnectError(`${path} is not served here`, Code.Unimplemented), format);
  }
  try {
    return new RequestHead(method, format, block, rules);
  } catch (error) {
    return new RefusedRequest(undefined, ConnectError.from(error), format);
  }
}

/** What a client may compress with, for an answer that refuses what it did: metadata of errors cannot carry `grpc-` names. */
export function acceptedField(error: ConnectError, rules: RequestRules): HeaderList {
  return error.metadata.has("grpc-accept-encoding") ? ["grpc-accept-encoding", acceptEncoding(rules.compressions)] : [];
}

const answerBlocks = new Map<string, Uint8Array>();

function answerBlock(format: MessageFormat, encoding: string | undefined): Uint8Array {
  const key = `${format} ${encoding ?? ""}`;
  const known = answerBlocks.get(key);
  if (known !== undefined) return known;
  const block = encodeStateless(responseHeaders(format, encoding));
  answerBlocks.set(key, block);
  return block;
}
