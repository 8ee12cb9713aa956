/** What a connection may be told, and what it does when it is not. */
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { defaultFloodLimits, type FloodLimits } from "./flood-guard.ts";
import { DEFAULT_TABLE_BYTES } from "./hpack/dynamic-table.ts";
import { LEAST_MAX_FRAME_BYTES } from "./settings.ts";

export interface ConnectionOptions {
  /** SETTINGS_MAX_CONCURRENT_STREAMS: how many streams a client may have open here; more are refused. 1000 */
  readonly maxConcurrentStreams?: number;
  /** SETTINGS_MAX_HEADER_LIST_SIZE. A greater list costs its stream (ENHANCE_YOUR_CALM), one four times as great the connection. 32 KiB */
  readonly maxHeaderListBytes?: number;
  /** The most CONTINUATION frames that one header block may have. 16 */
  readonly maxContinuations?: number;
  /** SETTINGS_HEADER_TABLE_SIZE, and what we use of the peer's. 4096 */
  readonly headerTableBytes?: number;
  /** SETTINGS_MAX_FRAME_SIZE. DATA is passed on as it comes, so greater frames cost no memory, but other streams wait behind them. 16 KiB */
  readonly maxFrameBytes?: number;
  /** SETTINGS_INITIAL_WINDOW_SIZE: what a stream may send before it is consumed. 256 KiB */
  readonly streamWindowBytes?: number;
  /** The same for all streams together; not below 65,535, where it starts (RFC 9113 §6.9.2). 1 MiB */
  readonly connectionWindowBytes?: number;
  /** A stream's queue above which `sendData` answers false. 64 KiB */
  readonly streamQueueBytes?: number;
  /** Bytes queued on all streams above which new ones are refused; at four times as much the stream that adds is reset. 16 MiB */
  readonly maxQueuedBytes?: number;
  /** Bytes handed to the socket and not yet taken by the system, above which streams have to wait. 256 KiB */
  readonly socketBufferBytes?: number;
  /** The most frames that answer the peer's (SETTINGS and PING acknowledged, streams reset …) and wait for a peer that does not read. 10,000 */
  readonly maxWaitingControlFrames?: number;
  /** The time for the preface and the first SETTINGS, for our SETTINGS to be acknowledged, and for a frame or header block that was begun to be ended. 10 s */
  readonly handshakeTimeoutMs?: number;
  /** The time that a stream with queued bytes may make no progress (a window held shut), or the socket take nothing. 60 s; 0: for ever */
  readonly stallTimeoutMs?: number;
  /** A connection without streams for so long is drained. 0: never, which is the default */
  readonly idleTimeoutMs?: number;
  /** When nothing has come for so long a PING asks whether the peer is there. Default 120 s for servers, 0 (never) for clients */
  readonly keepaliveIntervalMs?: number;
  /** The time for any sign of life after that PING. 20 s */
  readonly keepaliveTimeoutMs?: number;
  readonly floodLimits?: Partial<FloodLimits>;
  readonly clock?: Clock;
}

export type ResolvedOptions = Required<Omit<ConnectionOptions, "floodLimits">> & { readonly floodLimits: FloodLimits };

const defaults = {
  maxConcurrentStreams: 1000,
  maxHeaderListBytes: 32_768,
  maxContinuations: 16,
  headerTableBytes: DEFAULT_TABLE_BYTES,
  maxFrameBytes: LEAST_MAX_FRAME_BYTES,
  streamWindowBytes: 262_144,
  connectionWindowBytes: 1_048_576,
  streamQueueBytes: 65_536,
  maxQueuedBytes: 16_777_216,
  socketBufferBytes: 262_144,
  maxWaitingControlFrames: 10_000,
  handshakeTimeoutMs: 10_000,
  stallTimeoutMs: 60_000,
  idleTimeoutMs: 0,
  keepaliveTimeoutMs: 20_000,
  clock: systemClock,
};

export function resolveOptions(options: ConnectionOptions, role: "server" | "client"): ResolvedOptions {
  const keepaliveIntervalMs = role === "server" ? 120_000 : 0;
  return { ...defaults, keepaliveIntervalMs, ...options, floodLimits: { ...defaultFloodLimits, ...options.floodLimits } };
}
