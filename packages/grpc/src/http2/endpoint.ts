/** An endpoint of a connection (RFC 9113 §2.2) and all that concerns the connection as such: the socket, SETTINGS, PING, GOAWAY, and the end. */
import type { Duplex } from "node:stream";
import type { Timer } from "./clock.ts";
import type { ResolvedOptions } from "./connection-options.ts";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { FloodGuard } from "./flood-guard.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import type { Connection, ConnectionHandler, ConnectionState } from "./handler.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import { Output } from "./output.ts";
import { Pings } from "./pings.ts";
import { DEFAULT_WINDOW_BYTES, localSettings, PeerSettings } from "./settings.ts";
import { closeSocket, listenTo } from "./socket.ts";

/** Longer frames than this are not sent, whatever the peer allows: other streams wait behind each. */
const LONGEST_SENT_FRAME_BYTES = 65_536;
/** A header block may be so many times as great as the list may be before it costs the connection. */
const BLOCK_FACTOR = 4;

export abstract class Endpoint implements Connection, FrameSink {
  state: ConnectionState = "handshake";
  receivedBytes = 0;
  settingsAcknowledged = false;
  readonly output: Output;
  readonly encoder: HpackEncoder;
  sendFrameBytes: number;

  protected readonly options: ResolvedOptions;
  protected readonly peer = new PeerSettings();
  protected readonly guard: FloodGuard;
  protected readonly peerIsServer: boolean;
  /** The highest stream that the other side has opened: what GOAWAY says. */
  protected lastPeerStreamId = 0;

  readonly #socket: Duplex;
  readonly #handler: ConnectionHandler;
  readonly #reader: FrameReader;
  readonly #pings: Pings;
  /** What the peer's GOAWAY said was wrong. */
  #peerError: ConnectionError | undefined;
  #graceTimer: Timer | undefined;

  protected constructor(socket: Duplex, handler: ConnectionHandler, options: ResolvedOptions, peerIsServer: boolean) {
    this.options = options;
    this.peerIsServer = peerIsServer;
    this.guard = new FloodGuard(options.floodLimits);
    this.output = new Output(socket, options);
    this.encoder = new HpackEncoder(options.headerTableBytes);
    this.sendFrameBytes = this.peer.maxFrameBytes;
    this.#socket = socket;
    this.#handler = handler;
    this.#reader = new FrameReader(this, { ...options, maxHeaderBlockBytes: BLOCK_FACTOR * options.maxHeaderListBytes }, !peerIsServer);
    this.#pings = new Pings(this.output, options.clock);
    listenTo(socket, {
      onChunk: (chunk) => this.#read(chunk),
      onDrain: () => this.#drained(),
      onLost: (detail, cause) => this.#lost(detail, cause),
    });
  }

  get peerMaxHeaderListBytes(): number {
    return this.peer.maxHeaderListBytes;
  }

  get unfinishedFrame(): number {
    return this.#reader.unfinished;
  }

  abstract readonly streamCount: number;
  abstract drain(graceMs?: number): void;
  /** The connection is over: so are its streams. */
  protected abstract endStreams(code: number): void;
  /** The socket takes more. */
  protected abstract onDrain(): void;
  /** A stream has ended, or a limit has changed. */
  protected abstract onRoom(): void;
  /** The peer serves no stream beyond this. */
  protected abstract onPeerGoaway(lastStreamId: number): void;
  /** The peer has changed its SETTINGS_INITIAL_WINDOW_SIZE by so much. */
  protected abstract onPeerWindow(bytes: number): void;
  /** The peer has acknowledged our SETTINGS. */
  protected abstract onOwnSettings(): void;

  abstract onDataFrame(streamId: number, contentBytes: number, overheadBytes: number, endStream: boolean): void;
  abstract onDataPiece(chunk: Buffer, start: number, end: number, last: boolean): void;
  abstract onHeaderBlock(streamId: number, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  abstract onRstStream(streamId: number, code: number): void;
  abstract onWindowUpdate(streamId: number, increment: number): void;
  abstract onStreamFault(streamId: number, code: number): void;

  ping(onAnswer: (roundTripMs: number | undefined) => void): void {
    if (this.state === "closed") onAnswer(undefined);
    else this.#pings.send(onAnswer);
  }

  close(code: number = ErrorCode.NO_ERROR, debug = ""): void {
    if (this.state === "closed") return;
    this.output.writer.goaway(this.lastPeerStreamId, code, debug);
    this.end(code === ErrorCode.NO_ERROR ? undefined : new ConnectionError(code, debug));
  }

  /** The connection cannot go on, for the reason given. */
  fail(error: ConnectionError): void {
    if (this.state === "closed") return;
    this.output.writer.goaway(this.lastPeerStreamId, error.code, error.message);
    this.end(error);
  }

  /** The handler has thrown. */
  reportError(error: unknown): void {
    this.#handler.onError(this, error);
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    this.guard.settings.spend();
    const before = this.peer.initialWindowBytes;
    this.peer.apply(bytes, start, end, this.peerIsServer);
    this.encoder.limitTable(this.peer.headerTableBytes);
    this.sendFrameBytes = Math.min(this.peer.maxFrameBytes, LONGEST_SENT_FRAME_BYTES);
    this.output.writer.settingsAck();
    this.output.scheduleControl();
    if (this.peer.initialWindowBytes !== before) this.onPeerWindow(this.peer.initialWindowBytes - before);
    if (this.state === "handshake") {
      this.state = "open";
      this.#handler.onReady(this);
    }
    this.onRoom();
  }

  onSettingsAck(): void {
    this.guard.settings.spend();
    if (this.settingsAcknowledged) return;
    this.settingsAcknowledged = true;
    this.onOwnSettings();
  }

  /** §5.3.2: priorities say nothing any more. */
  onPriority(_streamId: number): void {
    this.guard.priority.spend();
  }

  onPing(bytes: Buffer, start: number): void {
    this.guard.ping.spend();
    this.output.writer.ping(true, bytes, start);
    this.output.scheduleControl();
  }

  onPingAck(bytes: Buffer, start: number): void {
    if (!this.#pings.answered(bytes, start)) this.guard.ping.spend();
  }

  onGoawayFrame(lastStreamId: number, code: number, debug: string): void {
    this.guard.settings.spend();
    if (code !== ErrorCode.NO_ERROR) this.#peerError = new ConnectionError(code, `the peer has ended the connection: ${debug}`);
    if (this.peerIsServer) this.state = "draining";
    this.#handler.onGoaway(this, code, debug);
    this.onPeerGoaway(lastStreamId);
    this.onRoom();
  }

  // The socket.

  /** @param preface what goes before our SETTINGS: a client's */
  protected begin(preface: Uint8Array | undefined, settings: readonly number[]): void {
    const { writer } = this.output;
    if (preface !== undefined) writer.raw(preface);
    writer.settings([...settings, ...localSettings(this.options)]);
    const { connectionWindowBytes } = this.options;
    if (connectionWindowBytes > DEFAULT_WINDOW_BYTES) writer.windowUpdate(0, connectionWindowBytes - DEFAULT_WINDOW_BYTES);
    this.output.schedule();
  }

  #drained(): void {
    this.output.drained();
    if (this.state !== "closed") this.onDrain();
  }

  #read(chunk: Buffer): void {
    if (this.state === "closed") return;
    this.receivedBytes += chunk.length;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (error instanceof ConnectionError) this.fail(error);
      else {
        this.reportError(error);
        this.fail(new ConnectionError(ErrorCode.INTERNAL_ERROR, "an unexpected error", { cause: error }));
      }
    }
  }

  /** The socket has ended without our doing. Where nothing was going on any more that is no error. */
  #lost(detail: string, cause?: Error): void {
    if (this.state === "closed") return;
    const wanted = cause === undefined && this.streamCount === 0 && this.state !== "handshake";
    this.end(this.#peerError ?? (wanted ? undefined : new ConnectionError(ErrorCode.INTERNAL_ERROR, detail, { cause })));
  }

  /** After so long what still runs is cut off. */
  protected limitGrace(graceMs: number | undefined): void {
    if (graceMs === undefined) return;
    this.#graceTimer?.cancel();
    this.#graceTimer = this.options.clock.after(graceMs, () => this.close());
  }

  /** All is said: writes what is written, and closes. */
  protected end(error: ConnectionError | undefined): void {
    this.state = "closed";
    this.#reader.stop();
    this.#graceTimer?.cancel();
    this.endStreams(error?.code ?? ErrorCode.NO_ERROR);
    this.#pings.stop();
    this.output.flush();
    closeSocket(this.#socket, this.options.clock);
    try {
      this.#handler.onClose(this, error);
    } catch (thrown) {
      this.reportError(thrown);
    }
  }

  /** GOAWAY for streams up to this. */
  protected writeGoaway(lastStreamId: number): void {
    this.output.writer.goaway(lastStreamId, ErrorCode.NO_ERROR, "");
    this.output.schedule();
  }
}
