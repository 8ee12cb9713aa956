/** What Connect shows of a call to handlers and interceptors. Nothing of it is made before somebody asks. */
import type { DescMethod, DescMethodStreaming, DescMethodUnary, DescService, Message } from "@bufbuild/protobuf";
import type {
  ContextValues,
  HandlerContext,
  Interceptor,
  StreamRequest,
  StreamResponse,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect";
import type { ServerCall } from "./call.ts";

type AnyFn = ReturnType<Interceptor>;

export class CallContext implements HandlerContext {
  readonly #call: ServerCall;
  /** What interceptors have made of the request. */
  readonly #request: UnaryRequest | StreamRequest | undefined;

  constructor(call: ServerCall, request: UnaryRequest | StreamRequest | undefined) {
    this.#call = call;
    this.#request = request;
  }

  get protocolName(): string {
    return "grpc";
  }
  get requestMethod(): string {
    return "POST";
  }
  get method(): DescMethod {
    return this.#call.method;
  }
  get service(): DescService {
    return this.#call.method.parent;
  }
  get signal(): AbortSignal {
    return this.#request?.signal ?? this.#call.signal;
  }
  get requestHeader(): Headers {
    return this.#request?.header ?? this.#call.requestHeader;
  }
  get values(): ContextValues {
    return this.#request?.contextValues ?? this.#call.values;
  }
  get url(): string {
    return this.#request?.url ?? this.#call.url;
  }
  get responseHeader(): Headers {
    return this.#call.responseHeader;
  }
  get responseTrailer(): Headers {
    return this.#call.responseTrailer;
  }
  readonly timeoutMs = (): number | undefined => this.#call.timeoutMs();
}

// Interceptors may copy what they get (`{ ...request, message }`), so these are objects with properties of their own.

export function unaryRequest(call: ServerCall, message: Message): UnaryRequest {
  return {
    stream: false,
    message,
    method: call.method as DescMethodUnary,
    service: call.method.parent,
    requestMethod: "POST",
    get url() {
      return call.url;
    },
    get signal() {
      return call.signal;
    },
    get header() {
      return call.requestHeader;
    },
    get contextValues() {
      return call.values;
    },
  };
}

export function streamRequest(call: ServerCall, message: AsyncIterable<Message>): StreamRequest {
  return {
    stream: true,
    message,
    method: call.method as DescMethodStreaming,
    service: call.method.parent,
    requestMethod: "POST",
    get url() {
      return call.url;
    },
    get signal() {
      return call.signal;
    },
    get header() {
      return call.requestHeader;
    },
    get contextValues() {
      return call.values;
    },
  };
}

export function unaryResponse(call: ServerCall, message: Message): UnaryResponse {
  return {
    stream: false,
    message,
    method: call.method as DescMethodUnary,
    service: call.method.parent,
    get header() {
      return call.responseHeader;
    },
    get trailer() {
      return call.responseTrailer;
    },
  };
}

export function streamResponse(call: ServerCall, message: AsyncIterable<Message>): StreamResponse {
  return {
    stream: true,
    message,
    method: call.method as DescMethodStreaming,
    service: call.method.parent,
    get header() {
      return call.responseHeader;
    },
    get trailer() {
      return call.responseTrailer;
    },
  };
}

/** Puts interceptors around a function; the first is the outermost. */
export function intercept(run: AnyFn, interceptors: readonly Interceptor[]): AnyFn {
  return interceptors.reduceRight<AnyFn>((next, interceptor) => interceptor(next), run);
}

/** What interceptors answered, where it is not the response that they were given: its metadata counts. */
export function adoptMetadata(
  call: ServerCall,
  response: UnaryResponse | StreamResponse,
  own: UnaryResponse | StreamResponse | undefined,
): void {
  if (response === own) return;
  const { header, trailer } = response;
  if (header !== call.responseHeaderIfAny) call.responseHeaderIfAny = header;
  if (trailer !== call.responseTrailerIfAny) call.responseTrailerIfAny = trailer;
}
