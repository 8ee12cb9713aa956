/** Encodes header blocks: RFC 7541 §6, and what is worth a place in the peer's table. */
import { fieldFault, HeaderField } from "../header-field.ts";
import { BlockBytes } from "./block-bytes.ts";
import { DEFAULT_TABLE_BYTES, DynamicTable } from "./dynamic-table.ts";
import { findStaticName, STATIC_COUNT } from "./static-table.ts";

/** A block of header fields, name after value. */
type HeaderList = readonly string[];

/** They hold secrets: whoever can guess at a table's content must not be helped (§7.1). */
const sensitive = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/** How many names' last values are kept to see whether they come again, and how many lists' blocks. */
const MOST_WATCHED_NAMES = 64;
const MOST_REMEMBERED_LISTS = 128;

// One block is encoded at a time in a process, and it is copied into a frame before the next begins.
const block = new BlockBytes();

interface NamedEntries {
  /** The number of the newest entry with the name. */
  newest: number;
  readonly byValue: Map<string, number>;
}

interface Remembered {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/**
 * The encoding side of one connection.
 *
 * A field of a remembered list (`addFixed`) gets a place in the table the first time. Any other gets one when its value comes twice in a row, so values
 * that differ from call to call (deadlines, trace identifiers) do not push out what repeats, nor cost the peer its memory of repeated blocks.
 * They are sent without Huffman coding: that would take longer here and there than it saves on the way. Sensitive fields are never indexed.
 */
export class HpackEncoder {
  readonly #table: DynamicTable;
  readonly #names = new Map<string, NamedEntries>();
  readonly #watched = new Map<string, string>();
  readonly #remembered = new Map<HeaderList, Remembered>();
  readonly #mostTableBytes: number;
  /** The smallest size since the last block (§4.2), -1 where the size has not changed. */
  #smallestSize = -1;

  /** @param mostTableBytes what this side uses of the table that the peer offers */
  constructor(mostTableBytes: number = DEFAULT_TABLE_BYTES) {
    this.#mostTableBytes = mostTableBytes;
    this.#table = new DynamicTable(DEFAULT_TABLE_BYTES, (field, number) => this.#forget(field, number));
    if (mostTableBytes < DEFAULT_TABLE_BYTES) this.limitTable(mostTableBytes);
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void {
    const size = Math.min(bytes, this.#mostTableBytes);
    if (size === this.#table.maxBytes) return;
    this.#smallestSize = this.#smallestSize < 0 ? size : Math.min(this.#smallestSize, size);
    this.#table.resize(size);
  }

  /** Whether the next block must begin with a size update: then a block that was encoded elsewhere goes through `begin` and `addBlock`. */
  get mustAnnounceSize(): boolean {
    return this.#smallestSize >= 0;
  }

  /** Begins a block. */
  begin(): void {
    block.length = 0;
    if (this.#smallestSize < 0) return;
    if (this.#smallestSize < this.#table.maxBytes) block.integer(0x20, 0x1f, this.#smallestSize);
    block.integer(0x20, 0x1f, this.#table.maxBytes);
    this.#smallestSize = -1;
  }

  /**
   * Adds the fields of a list that is the same array again and again; the bytes are remembered by it.
   * @throws TypeError where a field is illegal: then the block must not be sent, and a new one begun for another
   */
  addFixed(list: HeaderList): void {
    const { version } = this.#table;
    const known = this.#remembered.get(list);
    if (known !== undefined && known.version === version) {
      block.append(known.bytes);
      return;
    }
    const start = block.length;
    this.#addAll(list, true);
    if (this.#table.version !== version) return;
    if (this.#remembered.size >= MOST_REMEMBERED_LISTS) this.#remembered.clear();
    this.#remembered.set(list, { version, bytes: block.copy(start) });
  }

  /** Adds fields. @throws TypeError as `addFixed` does */
  add(list: HeaderList): void {
    this.#addAll(list, false);
  }

  /** Adds a block that `encodeStateless` has made. */
  addBlock(encoded: Uint8Array): void {
    block.append(encoded);
  }

  /** The block since `begin`: a view that holds until the next block of any connection begins. */
  end(): Uint8Array {
    return block.view();
  }

  #addAll(list: HeaderList, fixed: boolean): void {
    try {
      for (let index = 0; index < list.length; index += 2) this.#add(list[index] ?? "", list[index + 1] ?? "", fixed);
    } catch (error) {
      this.#startAfresh();
      throw error;
    }
  }

  /** The block is not sent, so the peer does not learn of what it put into the table: the next block tells it to empty its own. */
  #startAfresh(): void {
    const { maxBytes } = this.#table;
    this.#table.resize(0);
    this.#table.resize(maxBytes);
    this.#smallestSize = 0;
  }

  #add(name: string, value: string, fixed: boolean): void {
    const index = this.#exactIndex(name, value);
    if (index > 0) block.integer(0x80, 0x7f, index);
    else this.#addLiteral(name, value, fixed);
  }

  #addLiteral(name: string, value: string, fixed: boolean): void {
    checkField(name, value);
    const nameIndex = this.#nameIndex(name);
    if (sensitive.has(name)) block.literal(0x10, 0x0f, nameIndex, name, value, false);
    else if (this.#isWorthAPlace(name, value, fixed)) {
      block.literal(0x40, 0x3f, nameIndex, name, value, true);
      this.#insert(name, value);
    } else block.literal(0x00, 0x0f, nameIndex, name, value, false);
  }

  /** The index of the field in either table, or 0. */
  #exactIndex(name: string, value: string): number {
    const known = findStaticName(name)?.byValue.get(value);
    if (known !== undefined) return known;
    const number = this.#names.get(name)?.byValue.get(value);
    return number === undefined ? 0 : this.#indexOf(number);
  }

  /** The index of a field with the name in either table, or 0. */
  #nameIndex(name: string): number {
    const known = findStaticName(name);
    if (known !== undefined) return known.index;
    const entries = this.#names.get(name);
    return entries === undefined ? 0 : this.#indexOf(entries.newest);
  }

  #isWorthAPlace(name: string, value: string, fixed: boolean): boolean {
    if (name.length + value.length + 32 > this.#table.maxBytes / 2) return false;
    if (fixed || this.#watched.get(name) === value) return true;
    if (this.#watched.size >= MOST_WATCHED_NAMES) this.#watched.clear();
    this.#watched.set(name, value);
    return false;
  }

  #insert(name: string, value: string): void {
    const number = this.#table.inserted;
    if (!this.#table.insert(new HeaderField(name, value, false))) return;
    const entries = this.#names.get(name);
    if (entries === undefined) this.#names.set(name, { newest: number, byValue: new Map([[value, number]]) });
    else {
      entries.newest = number;
      entries.byValue.set(value, number);
    }
  }

  #forget(field: HeaderField, number: number): void {
    const entries = this.#names.get(field.name);
    if (entries === undefined || entries.byValue.get(field.value) !== number) return;
    entries.byValue.delete(field.value);
    if (entries.byValue.size === 0) this.#names.delete(field.name);
  }

  /** The index of an entry by its number (§2.3.3). */
  #indexOf(number: number): number {
    return STATIC_COUNT + this.#table.inserted - number;
  }
}

/**
 * Encodes a list so that it means the same on every connection at every time: with the static table and literals only. For heads and
 * trailers that are always the same, made once at start-up and given to `Stream.sendHeaders`.
 * @throws TypeError where a field is illegal
 */
export function encodeStateless(list: HeaderList): Uint8Array {
  const alone = new BlockBytes();
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] ?? "";
    const value = list[index + 1] ?? "";
    const known = findStaticName(name);
    const exact = known?.byValue.get(value);
    checkField(name, value);
    if (exact !== undefined) alone.integer(0x80, 0x7f, exact);
    else alone.literal(sensitive.has(name) ? 0x10 : 0x00, 0x0f, known?.index ?? 0, name, value, true);
  }
  return alone.copy(0);
}

/** @throws TypeError where a field of the list cannot be sent */
export function checkList(list: HeaderList): void {
  for (let index = 0; index < list.length; index += 2) checkField(list[index] ?? "", list[index + 1] ?? "");
}

function checkField(name: string, value: string): void {
  const problem = fieldFault(name, value);
  if (problem !== undefined) throw new TypeError(`The header field ${JSON.stringify(name)} cannot be sent: ${problem}.`);
}
