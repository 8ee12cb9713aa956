/** A REST request as the call that interceptors and handlers see. What few ask for is made when it is asked for. */
import type { Message } from "@bufbuild/protobuf";
import type { ContextValues } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../../security/caller.ts";
import type { Call } from "../call.ts";
import { contextOf } from "../call.ts";
import type { IncomingCall } from "../dispatch.ts";
import { traceIdOf } from "../trace-context.ts";
import { HeaderView } from "./header-view.ts";

class RestCall implements Call {
  readonly protocol = "rest";
  caller: Caller | undefined = undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #controller: AbortController | undefined = undefined;
  #reason: Error | undefined = undefined;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#request = request;
    this.#reply = reply;
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

  /** Aborts when the connection ends before the answer does, and by {@link abort}. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.#reason !== undefined) controller.abort(this.#reason);
      abortWhenGone(this.#reply, controller);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

function abortWhenGone({ raw }: FastifyReply, controller: AbortController): void {
  const closed = (): void => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.closed || raw.destroyed) closed();
  else raw.once("close", closed);
}

export class RestIncomingCall implements IncomingCall {
  readonly message: Message;
  readonly values: ContextValues;
  readonly #request: FastifyRequest;
  readonly #call: RestCall;
  #header: Headers | undefined = undefined;

  constructor(message: Message, request: FastifyRequest, reply: FastifyReply) {
    this.message = message;
    this.#request = request;
    this.#call = new RestCall(request, reply);
    this.values = contextOf(this.#call);
  }

  get header(): Headers {
    this.#header ??= new HeaderView(this.#request.headers);
    return this.#header;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get url(): string {
    return this.#request.url;
  }

  get requestMethod(): string {
    return this.#request.method;
  }
}
