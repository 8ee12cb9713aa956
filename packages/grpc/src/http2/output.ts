/** What a connection writes, on its way to the socket: gathered for a turn, and held back when the peer does not read. */
import type { Duplex } from "node:stream";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { type Flushable, scheduleFlush } from "./flush-scheduler.ts";
import { FrameWriter } from "./frame-writer.ts";

export interface OutputLimits {
  readonly socketBufferBytes: number;
  readonly maxWaitingControlFrames: number;
}

export class Output implements Flushable {
  readonly writer = new FrameWriter();
  /** The socket holds more than it should: nothing but control frames is written until it has drained. */
  congested = false;
  readonly #socket: Duplex;
  readonly #limits: OutputLimits;
  #scheduled = false;
  #controlFrames = 0;

  constructor(socket: Duplex, limits: OutputLimits) {
    this.#socket = socket;
    this.#limits = limits;
  }

  /** Something has been written; it goes out at the end of the turn. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    scheduleFlush(this);
  }

  /**
   * A frame has been written that a peer can have us write without reading any.
   * @throws ConnectionError ENHANCE_YOUR_CALM where too many wait
   */
  scheduleControl(): void {
    this.schedule();
    if (++this.#controlFrames > this.#limits.maxWaitingControlFrames)
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many frames wait for a peer that does not read");
  }

  /** Whether streams may write. What has gathered in this turn goes to the socket first when it has become much. */
  hasRoom(): boolean {
    if (!this.congested && this.writer.size > this.#limits.socketBufferBytes) this.#write();
    return !this.congested;
  }

  /** Hands all that is written to the socket. */
  flush(): void {
    this.#scheduled = false;
    this.#write();
  }

  /** The socket has drained. */
  drained(): void {
    this.congested = false;
    this.#controlFrames = 0;
  }

  #write(): void {
    const { size } = this.writer;
    if (size === 0) return;
    const segments = this.writer.take();
    const socket = this.#socket;
    if (!socket.writable) return;
    const [first] = segments;
    if (segments.length === 1 && first !== undefined) socket.write(first);
    else {
      socket.cork();
      for (const segment of segments) socket.write(segment);
      socket.uncork();
    }
    if (socket.writableLength === 0) this.#controlFrames = 0;
    else if (socket.writableNeedDrain && socket.writableLength > this.#limits.socketBufferBytes) this.congested = true;
  }
}
