/** A REST request as the call that interceptors and handlers see. What few ask for is made when it is asked for. */
import type { Message } from "@bufbuild/protobuf";
import type { ContextValues } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../../security/caller.ts";
import type { Call } from "../call.ts";
import { setCall } from "../call.ts";
import type { IncomingCall } from "../dispatch.ts";
import { HeaderView } from "./header-view.ts";
import { traceIdOf } from "./trace.ts";

class RestCall implements Call {
  readonly protocol = "rest";
  caller: Caller | undefined = undefined;
  readonly #request: FastifyRequest;

  constructor(request: FastifyRequest) {
    this.#request = request;
  }

  get requestId(): string {
    return this.#request.id;
  }

  get traceId(): string {
    return traceIdOf(this.#request);
  }

  get address(): string {
    return this.#request.ip;
  }

  get userAgent(): string {
    return this.#request.headers["user-agent"] ?? "";
  }
}

export class RestIncomingCall implements IncomingCall {
  readonly message: Message;
  readonly values: ContextValues;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #header: Headers | undefined = undefined;
  #signal: AbortSignal | undefined = undefined;

  constructor(message: Message, request: FastifyRequest, reply: FastifyReply) {
    this.message = message;
    this.#request = request;
    this.#reply = reply;
    this.values = setCall(createContextValues(), new RestCall(request));
  }

  get header(): Headers {
    this.#header ??= new HeaderView(this.#request.headers);
    return this.#header;
  }

  get signal(): AbortSignal {
    this.#signal ??= goneSignal(this.#reply);
    return this.#signal;
  }

  get url(): string {
    return this.#request.url;
  }

  get requestMethod(): string {
    return this.#request.method;
  }
}

/** Aborts when the connection ends before the answer does. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const closed = (): void => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.closed || raw.destroyed) closed();
  else raw.once("close", closed);
  return controller.signal;
}
