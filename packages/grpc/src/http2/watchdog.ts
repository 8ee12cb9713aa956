/** Looks at a connection from time to time, and ends what takes too long: RFC 9113 §6.5.3, §9.1, §10.5. */
import type { Timer } from "./clock.ts";
import type { ResolvedOptions } from "./connection-options.ts";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import type { FloodGuard } from "./flood-guard.ts";
import type { ConnectionState, ResetOrigin } from "./handler.ts";
import type { Http2Stream } from "./stream.ts";

/** What it looks at. */
export interface Watched {
  readonly state: ConnectionState;
  readonly receivedBytes: number;
  readonly settingsAcknowledged: boolean;
  readonly unfinishedFrame: number;
  readonly queuedBytes: number;
  readonly streams: ReadonlyMap<number, Http2Stream>;
  readonly output: { readonly congested: boolean };
  ping(onAnswer: (roundTripMs: number | undefined) => void): void;
  endStreamEarly(stream: Http2Stream, code: number, origin: ResetOrigin): void;
  drain(): void;
  fail(error: ConnectionError): void;
}

/** Each time is kept to within a quarter, and a second at most. */
const LONGEST_INTERVAL_MS = 1000;
const SHORTEST_INTERVAL_MS = 5;

interface Stall {
  sentBytes: number;
  sinceMs: number;
}

export class Watchdog {
  readonly #connection: Watched;
  readonly #options: ResolvedOptions;
  readonly #guard: FloodGuard;
  readonly #intervalMs: number;
  readonly #startedMs: number;
  #timer: Timer;
  #lastMs: number;
  #receivedBytes = 0;
  #heardMs: number;
  #probeMs: number | undefined;
  #unfinished = 0;
  #unfinishedMs: number;
  #congestedMs: number | undefined;
  #busyMs: number;
  readonly #stalls = new Map<Http2Stream, Stall>();

  constructor(connection: Watched, guard: FloodGuard, options: ResolvedOptions) {
    this.#connection = connection;
    this.#guard = guard;
    this.#options = options;
    const times = [
      options.handshakeTimeoutMs,
      options.stallTimeoutMs,
      options.idleTimeoutMs,
      options.keepaliveIntervalMs,
      options.keepaliveTimeoutMs,
    ];
    const shortest = Math.min(...times.filter((time) => time > 0), LONGEST_INTERVAL_MS * 4);
    this.#intervalMs = Math.max(SHORTEST_INTERVAL_MS, shortest / 4);
    const nowMs = options.clock.monotonicMs();
    this.#startedMs = nowMs;
    this.#lastMs = nowMs;
    this.#heardMs = nowMs;
    this.#unfinishedMs = nowMs;
    this.#busyMs = nowMs;
    this.#timer = this.#wait();
  }

  stop(): void {
    this.#timer.cancel();
    this.#stalls.clear();
  }

  #wait(): Timer {
    return this.#options.clock.after(this.#intervalMs, () => {
      this.#look(this.#options.clock.monotonicMs());
      if (this.#connection.state !== "closed") this.#timer = this.#wait();
    });
  }

  #look(nowMs: number): void {
    this.#guard.refill(nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const fault = this.#handshakeFault(nowMs) ?? this.#frameFault(nowMs) ?? this.#silenceFault(nowMs) ?? this.#congestionFault(nowMs);
    if (fault !== undefined) {
      this.#connection.fail(fault);
      return;
    }
    if (this.#options.stallTimeoutMs > 0) this.#endStalledStreams(nowMs);
    this.#drainIdle(nowMs);
  }

  #handshakeFault(nowMs: number): ConnectionError | undefined {
    const { state, settingsAcknowledged } = this.#connection;
    if (nowMs - this.#startedMs < this.#options.handshakeTimeoutMs) return undefined;
    if (state === "handshake") return new ConnectionError(ErrorCode.SETTINGS_TIMEOUT, "no SETTINGS have come");
    return settingsAcknowledged ? undefined : new ConnectionError(ErrorCode.SETTINGS_TIMEOUT, "SETTINGS have not been acknowledged");
  }

  /** A frame or header block that is begun and never ended. */
  #frameFault(nowMs: number): ConnectionError | undefined {
    const { unfinishedFrame } = this.#connection;
    if (unfinishedFrame === 0 || unfinishedFrame !== this.#unfinished) {
      this.#unfinished = unfinishedFrame;
      this.#unfinishedMs = nowMs;
      return undefined;
    }
    if (nowMs - this.#unfinishedMs < this.#options.handshakeTimeoutMs) return undefined;
    return new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "a frame or header block that does not end");
  }

  /** Asks a silent peer whether it is there, and gives up one that does not answer. */
  #silenceFault(nowMs: number): ConnectionError | undefined {
    const { keepaliveIntervalMs, keepaliveTimeoutMs } = this.#options;
    const { receivedBytes, state } = this.#connection;
    if (receivedBytes !== this.#receivedBytes) {
      this.#receivedBytes = receivedBytes;
      this.#heardMs = nowMs;
      this.#probeMs = undefined;
      return undefined;
    }
    if (keepaliveIntervalMs === 0 || state === "handshake") return undefined;
    if (this.#probeMs !== undefined)
      return nowMs - this.#probeMs < keepaliveTimeoutMs
        ? undefined
        : new ConnectionError(ErrorCode.INTERNAL_ERROR, "the peer does not answer a keepalive PING");
    if (nowMs - this.#heardMs >= keepaliveIntervalMs) {
      this.#probeMs = nowMs;
      this.#connection.ping(() => {});
    }
    return undefined;
  }

  #congestionFault(nowMs: number): ConnectionError | undefined {
    if (!this.#connection.output.congested || this.#options.stallTimeoutMs === 0) {
      this.#congestedMs = undefined;
      return undefined;
    }
    this.#congestedMs ??= nowMs;
    if (nowMs - this.#congestedMs < this.#options.stallTimeoutMs) return undefined;
    return new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "the peer does not read");
  }

  /** Streams whose peer holds the window shut while we have something to send. */
  #endStalledStreams(nowMs: number): void {
    if (this.#connection.queuedBytes === 0) {
      this.#stalls.clear();
      return;
    }
    for (const stream of this.#connection.streams.values()) {
      const stall = this.#stalls.get(stream);
      if (stream.queuedBytes === 0) this.#stalls.delete(stream);
      else if (stall === undefined || stall.sentBytes !== stream.sentBytes)
        this.#stalls.set(stream, { sentBytes: stream.sentBytes, sinceMs: nowMs });
      else if (nowMs - stall.sinceMs >= this.#options.stallTimeoutMs)
        this.#connection.endStreamEarly(stream, ErrorCode.ENHANCE_YOUR_CALM, "local");
    }
    for (const stream of this.#stalls.keys()) if (stream.state === "closed") this.#stalls.delete(stream);
  }

  #drainIdle(nowMs: number): void {
    const { streams, state } = this.#connection;
    if (streams.size > 0 || state !== "open") this.#busyMs = nowMs;
    else if (this.#options.idleTimeoutMs > 0 && nowMs - this.#busyMs >= this.#options.idleTimeoutMs) this.#connection.drain();
  }
}
