/** The other end of a connection under test: sends bytes, and sees the frames that come back. */
import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { errorCodeName } from "../error-code.ts";
import { CLIENT_PREFACE, FrameFlag, FrameType } from "../frame.ts";
import { describeFrame, parseFrames, ping, type RawFrame, settings, settingsAck } from "./raw-frames.ts";

const MOST_TURNS = 2000;

export class RawPeer {
  readonly frames: RawFrame[] = [];
  /** The connection has closed its side. */
  ended = false;
  readonly #socket: Duplex;
  #rest: Buffer = Buffer.alloc(0);
  #pings = 0;

  /** @param skip bytes to pass over before the first frame: a client's preface */
  constructor(socket: Duplex, skip = 0) {
    this.#socket = socket;
    let left = skip;
    socket.on("data", (chunk: Buffer) => {
      const fresh = chunk.subarray(Math.min(left, chunk.length));
      left -= chunk.length - fresh.length;
      const { frames, rest } = parseFrames(Buffer.concat([this.#rest, fresh]));
      this.#rest = Buffer.from(rest);
      this.frames.push(...frames.map((frame) => ({ ...frame, payload: Buffer.from(frame.payload) })));
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("error", () => {});
  }

  /** A pair of sockets in memory, one of them given to the peer. */
  static pair(skip = 0): { peer: RawPeer; socket: Duplex } {
    const [near, far] = duplexPair();
    return { peer: new RawPeer(far, skip), socket: near };
  }

  /** A client's side of the handshake, up to the acknowledgement. */
  startAsClient(...pairs: readonly number[]): void {
    this.send(CLIENT_PREFACE, settings(...pairs), settingsAck);
  }

  startAsServer(...pairs: readonly number[]): void {
    this.send(settings(...pairs), settingsAck);
  }

  /** In one chunk. */
  send(...frames: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(frames));
  }

  end(): void {
    this.#socket.end();
  }

  /** The socket breaks. */
  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  /** Takes nothing more from the socket, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  of(type: number, streamId?: number): RawFrame[] {
    return this.frames.filter((frame) => frame.type === type && (streamId === undefined || frame.streamId === streamId));
  }

  /** The content of DATA on a stream so far. */
  body(streamId: number): Buffer {
    return Buffer.concat(this.of(FrameType.DATA, streamId).map(({ payload }) => payload));
  }

  /** Resolves when the condition holds; the event loop turns meanwhile. */
  async until(condition: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      if (condition()) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.fail(`${what} did not happen; frames: ${this.frames.map(describeFrame).join("; ") || "none"}`);
  }

  /** Resolves when all that was sent so far has been dealt with: the answer to a PING says so. */
  async settled(): Promise<void> {
    const text = `settle${this.#pings++}`.padEnd(8);
    this.send(ping(text));
    const answered = (frame: RawFrame) => frame.flags === FrameFlag.ACK && frame.payload.toString("latin1") === text;
    await this.until(() => this.of(FrameType.PING).some(answered), `an answer to PING ${text}`);
  }

  /** The connection ends with the code. @returns what GOAWAY says beside */
  async expectConnectionError(code: number): Promise<{ lastStreamId: number; debug: string }> {
    await this.until(() => this.of(FrameType.GOAWAY).length > 0, "GOAWAY");
    const [goaway] = this.of(FrameType.GOAWAY);
    assert.ok(goaway);
    const debug = goaway.payload.toString("utf8", 8);
    assert.equal(errorCodeName(goaway.payload.readUInt32BE(4)), errorCodeName(code), debug);
    await this.until(() => this.ended, "the end of the socket");
    return { lastStreamId: goaway.payload.readUInt32BE(0), debug };
  }

  /** The stream is reset with the code, and the connection goes on. */
  async expectStreamError(streamId: number, code: number): Promise<void> {
    await this.settled();
    const [rst] = this.of(FrameType.RST_STREAM, streamId);
    assert.ok(rst, `no RST_STREAM; frames: ${this.frames.map(describeFrame).join("; ")}`);
    assert.equal(errorCodeName(rst.payload.readUInt32BE(0)), errorCodeName(code));
    assert.equal(this.of(FrameType.GOAWAY).length, 0);
  }

  /** Nothing is wrong. */
  async expectFine(): Promise<void> {
    await this.settled();
    assert.deepEqual([...this.of(FrameType.RST_STREAM), ...this.of(FrameType.GOAWAY)].map(describeFrame), []);
  }
}
