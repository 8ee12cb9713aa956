/** A method as it is served: its codecs, and its implementation with the interceptors around it. */
import type { DescMessage, DescMethod, Message, MessageInitShape } from "@bufbuild/protobuf";
import { create, isMessage } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { compileDecoder, type Decoder } from "../codec/decoder.ts";
import { compileEncoder, type Encoder } from "../codec/encoder.ts";
import { jsonDecoder, jsonEncoder } from "../codec/json.ts";
import type { MessageFormat } from "../grpc/headers.ts";
import { type Implementation, methodPath, type Routes, recordRoutes } from "./routes.ts";

/** How the messages of a method are read and written in one format. */
export interface MethodCodec {
  readonly decoder: Decoder<Message>;
  readonly encoder: Encoder<Message>;
}

export class ServedMethod {
  readonly desc: DescMethod;
  readonly path: string;
  readonly isUnary: boolean;
  /** Whether the client sends one message, or a stream of them. */
  readonly takesOne: boolean;
  /** Whether the server sends one message. */
  readonly givesOne: boolean;
  readonly implementation: Implementation;
  /** The first is the outermost. */
  readonly interceptors: readonly Interceptor[];
  readonly #codecs = new Map<MessageFormat, MethodCodec>();

  constructor(desc: DescMethod, implementation: Implementation, interceptors: readonly Interceptor[]) {
    const { methodKind } = desc;
    this.desc = desc;
    this.path = methodPath(desc);
    this.isUnary = methodKind === "unary";
    this.takesOne = methodKind === "unary" || methodKind === "server_streaming";
    this.givesOne = methodKind === "unary" || methodKind === "client_streaming";
    this.implementation = implementation;
    this.interceptors = interceptors;
  }

  /** Made at the first call, so that starting costs nothing for methods that nobody calls. */
  codec(format: MessageFormat): MethodCodec {
    const known = this.#codecs.get(format);
    if (known !== undefined) return known;
    const { input, output } = this.desc;
    const codec =
      format === "proto"
        ? { decoder: compileDecoder(input), encoder: compileEncoder(output) }
        : { decoder: jsonDecoder(input, { ignoreUnknownFields: true }), encoder: jsonEncoder(output) };
    this.#codecs.set(format, codec);
    return codec;
  }

  /** What a handler has returned, as a message: handlers may give the fields alone. */
  toMessage(returned: unknown): Message {
    const { output } = this.desc;
    return isMessage(returned, output) ? returned : create(output, returned as MessageInitShape<DescMessage>);
  }
}

/** The methods that the routes declare, by their paths. */
export function serveRoutes(routes: Routes, interceptors: readonly Interceptor[]): Map<string, ServedMethod> {
  const methods = new Map<string, ServedMethod>();
  for (const [desc, implementation] of recordRoutes(routes)) {
    const method = new ServedMethod(desc, implementation, interceptors);
    methods.set(method.path, method);
  }
  return methods;
}
