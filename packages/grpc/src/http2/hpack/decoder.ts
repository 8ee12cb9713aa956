/** Decodes header blocks: RFC 7541 §3, with limits on what a block may cost. */
import { ConnectionError, ErrorCode } from "../error-code.ts";
import { type HeaderBlock, HeaderBlockBuilder } from "../header-block.ts";
import { HeaderField } from "../header-field.ts";
import { ANY_VERSION, BlockCache } from "./block-cache.ts";
import { DEFAULT_TABLE_BYTES, DynamicTable } from "./dynamic-table.ts";
import { huffmanDecode, longestDecoded } from "./huffman.ts";
import { STATIC_COUNT, staticTable } from "./static-table.ts";

/** An integer of more continuation octets is refused (§7.4): these carry 28 bits beyond the prefix, more than any frame holds. */
const MOST_CONTINUATION_OCTETS = 4;

// One block is decoded at a time in a process, so what decoding works on is shared by all connections.
const builder = new HeaderBlockBuilder();
let scratch = Buffer.allocUnsafeSlow(4096);

/** The decoding side of one connection. Every fault is a `ConnectionError` COMPRESSION_ERROR (RFC 9113 §4.3): the tables are out of step for good. */
export class HpackDecoder {
  readonly #table = new DynamicTable(DEFAULT_TABLE_BYTES);
  readonly #maxListBytes: number;
  #cache: BlockCache | undefined;
  /** What the peer may set the table to. */
  #tableLimit = DEFAULT_TABLE_BYTES;
  #mustShrink = false;

  // The block being read.
  #bytes: Buffer = scratch;
  #position = 0;
  #end = 0;
  #listBytes = 0;
  #refersToTable = false;

  /** @param maxListBytes the most that a header list may have, by the count of RFC 9113 §10.5.1: octets of names and values and 32 for each field */
  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  /** Bytes that the dynamic table holds now. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /** The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. If its table is greater its next block must begin by saying that it is not (RFC 9113 §4.3.1). */
  limitTable(bytes: number): void {
    this.#tableLimit = bytes;
    this.#mustShrink = this.#table.maxBytes > bytes;
  }

  /**
   * Decodes the whole block `bytes[start..end)`.
   * @returns undefined where the list is greater than allowed; the tables are kept in step all the same
   * @throws ConnectionError COMPRESSION_ERROR
   */
  decode(bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    if (!this.#mustShrink) {
      const known = this.#cache?.find(bytes, start, end, this.#table.version);
      if (known !== undefined) return known;
    }
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#listBytes = 0;
    this.#refersToTable = false;
    const before = this.#table.version;
    builder.clear();
    this.#readSizeUpdates();
    while (this.#position < this.#end) this.#readField();
    if (this.#listBytes > this.#maxListBytes) return undefined;
    const block = builder.build();
    if (this.#table.version === before) {
      this.#cache ??= new BlockCache();
      this.#cache.remember(bytes, start, end, this.#refersToTable ? before : ANY_VERSION, block);
    }
    return block;
  }

  /** §4.2, §6.3: at the start of a block only. */
  #readSizeUpdates(): void {
    while (this.#position < this.#end && ((this.#bytes[this.#position] ?? 0) & 0xe0) === 0x20) {
      const size = this.#readInteger(0x1f);
      if (size > this.#tableLimit) throw fault("a dynamic table size above SETTINGS_HEADER_TABLE_SIZE");
      this.#table.resize(size);
      this.#mustShrink = false;
    }
    if (this.#mustShrink) throw fault("no dynamic table size update after SETTINGS_HEADER_TABLE_SIZE was reduced");
  }

  #readField(): void {
    const octet = this.#bytes[this.#position] ?? 0;
    if (octet >= 0x80) this.#add(this.#indexed(this.#readInteger(0x7f)));
    else if (octet >= 0x40) {
      const field = this.#readLiteral(0x3f, false);
      this.#table.insert(field);
      this.#add(field);
    } else if (octet >= 0x20) throw fault("a dynamic table size update amid a block");
    else this.#add(this.#readLiteral(0x0f, octet >= 0x10));
  }

  /** Beyond the limit lines are only counted: a small block can refer to a great entry any number of times. */
  #add(field: HeaderField): void {
    this.#listBytes += field.size;
    if (this.#listBytes <= this.#maxListBytes) builder.add(field);
  }

  #indexed(index: number): HeaderField {
    if (index <= STATIC_COUNT) {
      const field = staticTable[index];
      if (index > 0 && field !== undefined) return field;
      throw fault("index 0");
    }
    this.#refersToTable = true;
    const field = this.#table.at(index - STATIC_COUNT - 1);
    if (field === undefined) throw fault(`index ${index} is beyond the tables`);
    return field;
  }

  /** §6.2. */
  #readLiteral(prefix: number, neverIndexed: boolean): HeaderField {
    const index = this.#readInteger(prefix);
    const name = index === 0 ? this.#readString() : this.#indexed(index).name;
    return new HeaderField(name, this.#readString(), neverIndexed);
  }

  /** §5.1. `mask` is the prefix with all its bits set. */
  #readInteger(mask: number): number {
    const first = (this.#bytes[this.#position++] ?? 0) & mask;
    if (first < mask) return first;
    let value = first;
    for (let octets = 0; octets < MOST_CONTINUATION_OCTETS; octets++) {
      if (this.#position >= this.#end) throw fault("an integer is cut off");
      const octet = this.#bytes[this.#position++] ?? 0;
      value += (octet & 0x7f) << (7 * octets);
      if (octet < 0x80) return value;
    }
    throw fault("an integer is too great");
  }

  /** §5.2. */
  #readString(): string {
    if (this.#position >= this.#end) throw fault("a string is missing");
    const coded = (this.#bytes[this.#position] ?? 0) >= 0x80;
    const length = this.#readInteger(0x7f);
    const start = this.#position;
    const end = start + length;
    if (end > this.#end) throw fault("a string is longer than its block");
    this.#position = end;
    if (!coded) return this.#bytes.toString("latin1", start, end);
    if (longestDecoded(length) > scratch.length) scratch = Buffer.allocUnsafeSlow(longestDecoded(length));
    const decoded = huffmanDecode(this.#bytes, start, end, scratch);
    if (decoded < 0) throw fault("a string's Huffman code is wrong");
    return scratch.toString("latin1", 0, decoded);
  }
}

function fault(detail: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, detail);
}
