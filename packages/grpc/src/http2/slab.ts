/**
 * Memory for output. A connection that writes takes a slab, fills some of it, and gives the rest back when it hands its bytes to the socket; an idle one
 * has none. What has been written is never written over, so it may wait in any stream for as long as it takes; the slab goes when the last piece has.
 */

/** Enough for a hundred small answers; more connections than one may be writing at a time. */
export const SLAB_BYTES = 16_384;
/** A slab with less room than this is not worth keeping. */
const LEAST_ROOM = 512;
const MOST_SPARE = 64;

export class Slab {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** Where the next byte goes. */
  used = 0;
}

const spare: Slab[] = [];

export function takeSlab(): Slab {
  return spare.pop() ?? new Slab();
}

export function giveSlabBack(slab: Slab): void {
  if (SLAB_BYTES - slab.used >= LEAST_ROOM && spare.length < MOST_SPARE) spare.push(slab);
}
