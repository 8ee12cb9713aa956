/** What calls need of the server that they run on. */
import type { ContextValues } from "@connectrpc/connect";
import type { DeadlineQueue } from "../grpc/deadline.ts";
import type { MessageWriter } from "../grpc/message-writer.ts";
import type { Clock } from "../http2/clock.ts";
import type { IncomingCall } from "./call.ts";
import type { RequestRules } from "./request-head.ts";

/** Something that is told when the server shuts down. */
export interface Abortable {
  abort(reason: unknown): void;
}

export interface CallHost {
  readonly rules: RequestRules;
  readonly clock: Clock;
  readonly deadlines: DeadlineQueue;
  /** One for all calls: what is in it is copied before the next message is written. */
  readonly writer: MessageWriter;
  /** The longest message that is taken, before and after it is decompressed. */
  readonly maxMessageBytes: number;
  readonly shutdownSignal: AbortSignal | undefined;
  /** Calls somebody of whom listens to the signal. */
  readonly listeners: Set<Abortable>;
  readonly contextValues: ((call: IncomingCall) => ContextValues) | undefined;
  /** A handler has thrown what is no `ConnectError`: the client is not told what. */
  readonly onError: (error: unknown) => void;
}
