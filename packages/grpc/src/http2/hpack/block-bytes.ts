/** A header block being written: RFC 7541 §5 and §6.2. Grows as needed and is used again. */
import { huffmanEncode, huffmanLength } from "./huffman.ts";

const FIRST_BYTES = 256;
/** An integer takes no more: a prefix and five octets for 32 bits. */
const LONGEST_INTEGER = 6;

export class BlockBytes {
  length = 0;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);

  /** §5.1. `pattern` is what stands before the prefix, `mask` the prefix with all its bits set. */
  integer(pattern: number, mask: number, value: number): void {
    this.#reserve(LONGEST_INTEGER);
    if (value < mask) {
      this.#bytes[this.length++] = pattern | value;
      return;
    }
    this.#bytes[this.length++] = pattern | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.length++] = rest;
  }

  /** §6.2: a literal, whose name is given by its index or, where that is 0, in full. */
  literal(pattern: number, mask: number, nameIndex: number, name: string, value: string, huffman: boolean): void {
    this.integer(pattern, mask, nameIndex);
    if (nameIndex === 0) this.string(name, huffman);
    this.string(value, huffman);
  }

  /** §5.2: a Latin-1 text, with Huffman coding if that is wanted and shorter. */
  string(text: string, huffman: boolean): void {
    const coded = huffman ? huffmanLength(text) : text.length;
    if (coded < text.length) {
      this.integer(0x80, 0x7f, coded);
      this.#reserve(coded);
      this.length = huffmanEncode(text, this.#bytes, this.length);
      return;
    }
    this.integer(0x00, 0x7f, text.length);
    this.#reserve(text.length);
    this.length += this.#bytes.write(text, this.length, text.length, "latin1");
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** What is written, without copying: it holds until the next is written. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** A copy of what is written from `start` on. */
  copy(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, start, this.length);
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.length + bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}
