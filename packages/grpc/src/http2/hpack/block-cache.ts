/**
 * Remembers what header blocks decoded to. A client that makes the same call again sends the same bytes again, once its fields are in the dynamic
 * table, and comparing some thirty bytes is several times cheaper than decoding them.
 *
 * A block's meaning rests on the table that it refers to, so an entry holds for one version of the table, or for all when the block does not refer to it.
 * Blocks that change the table are never remembered: decoding them does something.
 */
import type { HeaderBlock } from "../header-block.ts";

const SLOTS = 32;
const LONGEST_BYTES = 512;

/** For `remember`: the block refers to no dynamic entry. */
export const ANY_VERSION = -1;

class Entry {
  bytes: Buffer;
  version: number;
  block: HeaderBlock;

  constructor(bytes: Buffer, version: number, block: HeaderBlock) {
    this.bytes = bytes;
    this.version = version;
    this.block = block;
  }
}

export class BlockCache {
  readonly #slots: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS).fill(undefined);

  /** What `bytes[start..end)` decoded to when the table was at this version. */
  find(bytes: Buffer, start: number, end: number, version: number): HeaderBlock | undefined {
    const length = end - start;
    if (length > LONGEST_BYTES || length === 0) return undefined;
    const entry = this.#slots[slotOf(bytes, start, end)];
    if (entry === undefined || (entry.version !== version && entry.version !== ANY_VERSION)) return undefined;
    const known = entry.bytes;
    if (known.length !== length) return undefined;
    if (length > 64) return known.compare(bytes, start, end) === 0 ? entry.block : undefined;
    for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return undefined;
    return entry.block;
  }

  remember(bytes: Buffer, start: number, end: number, version: number, block: HeaderBlock): void {
    if (end - start > LONGEST_BYTES || end === start) return;
    const slot = slotOf(bytes, start, end);
    this.#slots[slot] = new Entry(Buffer.from(bytes.subarray(start, end)), version, block);
  }
}

/** A few octets of the block, mostly of its end: that is where calls differ. */
function slotOf(bytes: Buffer, start: number, end: number): number {
  const mixed =
    (end - start) * 31 + (bytes[end - 1] ?? 0) * 7 + (bytes[(start + end) >>> 1] ?? 0) * 13 + (bytes[Math.max(start, end - 8)] ?? 0) * 3;
  return (mixed ^ (mixed >>> 5)) & (SLOTS - 1);
}
