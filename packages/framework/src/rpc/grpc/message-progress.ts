const prefixBytes = 5;

/** Follows the length-prefixed messages of a gRPC stream as they come in, and keeps nothing of them. */
export class MessageProgress {
  #prefixSeen = 0;
  #left = 0;
  #unfinishedBytes = 0;

  /** What has come of the message that is not whole yet, its prefix included; 0 between messages. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** Returns whether a message became whole. */
  advance(chunk: Uint8Array): boolean {
    let completed = false;
    for (let at = 0; at < chunk.length; ) {
      const taken = this.#prefixSeen < prefixBytes ? this.#takePrefix(chunk[at] ?? 0) : this.#takeBody(chunk.length - at);
      at += taken;
      this.#unfinishedBytes += taken;
      if (this.#prefixSeen === prefixBytes && this.#left === 0) {
        completed = true;
        this.#prefixSeen = 0;
        this.#unfinishedBytes = 0;
      }
    }
    return completed;
  }

  /** The first byte has the flags, the other four the length. */
  #takePrefix(byte: number): number {
    if (this.#prefixSeen > 0) this.#left = this.#left * 256 + byte;
    this.#prefixSeen++;
    return 1;
  }

  #takeBody(available: number): number {
    const taken = Math.min(this.#left, available);
    this.#left -= taken;
    return taken;
  }
}
