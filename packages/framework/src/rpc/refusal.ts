import type { DescMethod } from "@bufbuild/protobuf";
import type { ArcanaError } from "../error/index.ts";
import type { Call, Protocol } from "./call.ts";

/** A request that was refused before its message was read: no interceptor has seen it. */
export interface Refusal extends Pick<Call, "requestId" | "traceId" | "address"> {
  readonly method: DescMethod;
  readonly protocol: Protocol;
  /** What the client is told. */
  readonly error: ArcanaError;
}

/** Told of each refused request whose operation is known, once. */
export type OnRefused = (refusal: Refusal) => void;
