/**
 * Runs an operation on its implementation through the interceptors, without a wire: what the REST binding calls.
 * gRPC, Connect and gRPC-Web run the same interceptors by way of their own adapters.
 */
import type { DescMessage, DescMethod, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { ConnectRouter, ContextValues } from "@connectrpc/connect";

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

export interface Answer<O extends DescMessage = DescMessage> {
  readonly message: MessageShape<O>;
  readonly header: Headers;
}

/** @throws whatever the interceptors or the implementation throw; `ArcanaError` where it is meant for the client. */
export type Dispatch = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  call: IncomingCall<I>,
) => Promise<Answer<O>>;

/** Declares what a server offers, in Connect's own form. */
export type Routes = (router: ConnectRouter) => void;

export type { DescMethod };
