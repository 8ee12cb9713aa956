/** The dynamic table of RFC 7541 §2.3.2, as a ring: new entries push out the oldest until the table has its size (§4). */
import type { HeaderField } from "../header-field.ts";

const FIRST_CAPACITY = 16;

export class DynamicTable {
  /** How many entries have ever been inserted: an entry's number is what this was when it came. */
  inserted = 0;
  /** Rises with each insertion and each eviction: references into the table mean the same as long as this is the same. */
  version = 0;
  count = 0;
  bytes = 0;
  maxBytes: number;
  // Made with the first entry: an idle connection has none.
  #ring: (HeaderField | undefined)[] = [];
  readonly #onEvict: ((field: HeaderField, number: number) => void) | undefined;

  constructor(maxBytes: number, onEvict?: (field: HeaderField, number: number) => void) {
    this.maxBytes = maxBytes;
    this.#onEvict = onEvict;
  }

  /** The entry that came `age` insertions ago, 0 being the newest. */
  at(age: number): HeaderField | undefined {
    return age < this.count ? this.#ring[(this.inserted - 1 - age) & (this.#ring.length - 1)] : undefined;
  }

  /** Inserts at the front. An entry greater than the table empties it (§4.4). @returns whether the entry is in the table */
  insert(field: HeaderField): boolean {
    this.version++;
    const size = field.size;
    this.#evictTo(this.maxBytes - size);
    if (size > this.maxBytes) return false;
    if (this.count === this.#ring.length) this.#grow();
    this.#ring[this.inserted & (this.#ring.length - 1)] = field;
    this.inserted++;
    this.count++;
    this.bytes += size;
    return true;
  }

  /** §4.3. */
  resize(maxBytes: number): void {
    this.version++;
    this.maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    while (this.count > 0 && this.bytes > bytes) {
      const number = this.inserted - this.count;
      const slot = number & (this.#ring.length - 1);
      const oldest = this.#ring[slot];
      this.#ring[slot] = undefined;
      this.count--;
      if (oldest === undefined) continue;
      this.bytes -= oldest.size;
      this.#onEvict?.(oldest, number);
    }
  }

  /** Doubles the ring; entries keep their numbers, so their places are found anew. It stays small: an entry counts for 32 octets at least. */
  #grow(): void {
    const old = this.#ring;
    const grown: (HeaderField | undefined)[] = new Array<HeaderField | undefined>(old.length === 0 ? FIRST_CAPACITY : old.length * 2).fill(
      undefined,
    );
    for (let number = this.inserted - this.count; number < this.inserted; number++)
      grown[number & (grown.length - 1)] = old[number & (old.length - 1)];
    this.#ring = grown;
  }
}

/** The table that both sides begin with: SETTINGS_HEADER_TABLE_SIZE's initial value (RFC 9113 §6.5.2). */
export const DEFAULT_TABLE_BYTES = 4096;
