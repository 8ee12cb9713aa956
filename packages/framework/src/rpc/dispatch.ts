/**
 * Runs an operation on its implementation through the interceptors, without a wire: what the REST binding calls.
 * gRPC, Connect and gRPC-Web run the same interceptors by way of their own adapters.
 */
import type { DescMessage, DescMethod, DescMethodUnary, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type {
  ConnectRouter,
  ContextValues,
  HandlerContext,
  Interceptor,
  ServiceImpl,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { operationName } from "./contract.ts";

/** A call on its way in, already decoded from its protocol. */
export interface IncomingCall<I extends DescMessage = DescMessage> {
  readonly message: MessageShape<I>;
  readonly header: Headers;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The path with the query. */
  readonly url: string;
  readonly requestMethod: string;
  /** Holds the {@link Call}. */
  readonly values: ContextValues;
}

/** What an operation answers. `header` is made by asking for it; {@link headersSetOn} leaves it alone where nobody has. */
export type Answer<O extends DescMessage = DescMessage> = UnaryResponse<DescMessage, O>;

/** @throws whatever the interceptors or the implementation throw; `ArcanaError` where it is meant for the client. */
export type Dispatch = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  call: IncomingCall<I>,
) => Promise<Answer<O>>;

/** Declares what a server offers, in Connect's own form. */
export type Routes = (router: ConnectRouter) => void;

type Implementation = (message: Message, context: HandlerContext) => unknown;
type Run = (request: UnaryRequest) => Promise<UnaryResponse>;

/** Builds the dispatcher of all unary operations that `routes` declares. The first interceptor is the outermost. */
export function createDispatch(routes: Routes, interceptors: readonly Interceptor[]): Dispatch {
  const runs = new Map<DescMethod, Run>();
  for (const [method, implementation] of implementationsOf(routes)) {
    if (isUnary(method)) runs.set(method, chain(terminal(method, implementation), interceptors));
  }
  return <I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, call: IncomingCall<I>): Promise<Answer<O>> => {
    const run = runs.get(method);
    if (run === undefined) return Promise.reject(frameworkError("NOT_IMPLEMENTED", `${operationName(method)} is not served here`));
    return run(new LocalRequest(method, call)) as Promise<Answer<O>>;
  };
}

/** What the implementation or an interceptor wants sent along with the answer; undefined where nobody set any. */
export function headersSetOn(answer: UnaryResponse): Headers | undefined {
  return answer instanceof LocalResponse ? answer.headerIfAny : answer.header;
}

/** The services that `routes` declares, in its order. */
export function servicesOf(routes: Routes): readonly DescService[] {
  return [...new Set([...implementationsOf(routes).keys()].map((method) => method.parent))];
}

function implementationsOf(routes: Routes): Map<DescMethod, Implementation> {
  const found = new Map<DescMethod, Implementation>();
  const add = (method: DescMethod, implementation: Implementation): void => {
    if (found.has(method)) throw new TypeError(`${operationName(method)} is declared twice`);
    found.set(method, implementation);
  };
  const recorder: ConnectRouter = {
    handlers: [],
    service<T extends DescService>(service: T, implementation: Partial<ServiceImpl<T>>) {
      const functions = implementation as Readonly<Record<string, Implementation | undefined>>;
      for (const method of service.methods) {
        const found = functions[method.localName];
        if (found !== undefined) add(method, found.bind(implementation));
      }
      return recorder;
    },
    rpc(method: DescMethod, implementation: unknown) {
      add(method, implementation as Implementation);
      return recorder;
    },
  };
  routes(recorder);
  return found;
}

function chain(run: Run, interceptors: readonly Interceptor[]): Run {
  // An interceptor keeps the kind of what it wraps: around a unary function it is one.
  return interceptors.reduceRight<Run>((next, interceptor) => interceptor(next as ReturnType<Interceptor>) as Run, run);
}

function terminal(method: DescMethodUnary, implementation: Implementation): Run {
  return (request) => {
    const response = new LocalResponse(method);
    try {
      const returned = implementation(request.message, new LocalContext(request, response));
      return returned instanceof Promise ? returned.then((value) => filled(response, value)) : Promise.resolve(filled(response, returned));
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

function filled(response: LocalResponse, returned: unknown): LocalResponse {
  const { output } = response.method;
  response.message = isMessage(returned, output) ? returned : create(output, returned as MessageInitShape<DescMessage>);
  return response;
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function isMessage(value: unknown, schema: DescMessage): value is Message {
  return (value as Partial<Message> | undefined)?.$typeName === schema.typeName;
}

class LocalRequest implements UnaryRequest {
  readonly stream = false;
  readonly method: DescMethodUnary;
  readonly message: Message;
  readonly requestMethod: string;
  readonly url: string;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  readonly #call: IncomingCall;

  constructor(method: DescMethodUnary, call: IncomingCall) {
    this.method = method;
    this.message = call.message;
    this.requestMethod = call.requestMethod;
    this.url = call.url;
    this.header = call.header;
    this.contextValues = call.values;
    this.#call = call;
  }

  get service(): DescService {
    return this.method.parent;
  }

  /** Read on demand: most operations never ask, and a signal costs more than the rest of the call. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

class LocalResponse implements UnaryResponse {
  readonly stream = false;
  readonly method: DescMethodUnary;
  message: Message = undefined as unknown as Message;
  headerIfAny: Headers | undefined = undefined;
  #trailer: Headers | undefined = undefined;

  constructor(method: DescMethodUnary) {
    this.method = method;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get header(): Headers {
    this.headerIfAny ??= new Headers();
    return this.headerIfAny;
  }

  get trailer(): Headers {
    this.#trailer ??= new Headers();
    return this.#trailer;
  }
}

class LocalContext implements HandlerContext {
  readonly #request: UnaryRequest;
  readonly #response: LocalResponse;
  readonly protocolName = "rest";

  constructor(request: UnaryRequest, response: LocalResponse) {
    this.#request = request;
    this.#response = response;
  }

  get method(): DescMethod {
    return this.#request.method;
  }
  get service(): DescService {
    return this.#request.service;
  }
  get signal(): AbortSignal {
    return this.#request.signal;
  }
  get requestMethod(): string {
    return this.#request.requestMethod;
  }
  get requestHeader(): Headers {
    return this.#request.header;
  }
  get responseHeader(): Headers {
    return this.#response.header;
  }
  get responseTrailer(): Headers {
    return this.#response.trailer;
  }
  get values(): ContextValues {
    return this.#request.contextValues;
  }
  get url(): string {
    return this.#request.url;
  }
  readonly timeoutMs = (): number | undefined => undefined;
}
