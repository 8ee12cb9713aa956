/**
 * How recent streams ended. Frames of one that we reset may still be on their way and are no fault (RFC 9113 §5.1); on one that has ended they are.
 * A ring by stream number: it forgets a stream when one with a number 2048 higher ends.
 */
const SLOTS = 1024;

export class ClosedStreams {
  // Made when the first stream ends. A number stands for one that ended, its negative for one that we reset.
  #ring: Int32Array | undefined;

  add(streamId: number, wasReset: boolean): void {
    this.#ring ??= new Int32Array(SLOTS);
    this.#ring[slotOf(streamId)] = wasReset ? -streamId : streamId;
  }

  /** We have reset it, so that the peer may not have known yet when it sent what came now. */
  wasReset(streamId: number): boolean {
    return this.#ring?.[slotOf(streamId)] === -streamId;
  }

  hasEnded(streamId: number): boolean {
    return this.#ring?.[slotOf(streamId)] === streamId;
  }
}

function slotOf(streamId: number): number {
  return (streamId >>> 1) & (SLOTS - 1);
}
