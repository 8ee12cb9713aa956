/**
 * The Huffman code of RFC 7541, Appendix B. It is canonical: codes of one length are consecutive in the order of their octets, so the lengths say it all.
 *
 * Decoding walks a table of half-octets: from each of the 256 inner nodes of the tree, the next four bits lead to a node and complete at most one
 * octet, since no code is shorter than five bits.
 */

/** Code lengths in bits, of the octets 0 to 255 and the end of string. */
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10,
  12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7,
  7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22,
  23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22,
  23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20,
  24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const END_OF_STRING = 256;
const LONGEST_CODE = 30;

const codes = new Uint32Array(lengths.length);
const codeLengths = Uint8Array.from(lengths);

/** A transition: the next node in bits 0-7, the octet completed in 8-15, and what is so of it above. */
const COMPLETES = 1 << 16;
const FAILS = 1 << 17;
const transitions = new Int32Array(256 * 16);
/** Nodes at which a string may end: up to seven bits of padding, all ones (§5.2). */
const mayEnd = new Uint8Array(256);

function assignCodes(): void {
  let code = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) if (lengths[symbol] === length) codes[symbol] = code++;
    code *= 2;
  }
}

/** The tree: two children a node; a child >= 0 is a node, below 0 the symbol -1 - child. Unset children cannot be: the code is complete. */
function buildTree(): Int32Array {
  const children = new Int32Array(512);
  let nodes = 1;
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    let node = 0;
    const last = (codeLengths[symbol] ?? 0) - 1;
    for (let bit = last; bit > 0; bit--) {
      const slot = 2 * node + (((codes[symbol] ?? 0) >>> bit) & 1);
      if (children[slot] === 0) children[slot] = nodes++;
      node = children[slot] ?? 0;
    }
    children[2 * node + ((codes[symbol] ?? 0) & 1)] = -1 - symbol;
  }
  return children;
}

function buildTransitions(children: Int32Array): void {
  for (let node = 0; node < 256; node++)
    for (let bits = 0; bits < 16; bits++) transitions[node * 16 + bits] = transition(children, node, bits);
  for (let depth = 0, node = 0; depth < 8; depth++, node = children[2 * node + 1] ?? 0) mayEnd[node] = 1;
}

function transition(children: Int32Array, from: number, bits: number): number {
  let node = from;
  let completed = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = children[2 * node + ((bits >>> bit) & 1)] ?? 0;
    if (child >= 0) node = child;
    else {
      const symbol = -1 - child;
      if (symbol === END_OF_STRING) return FAILS;
      completed = COMPLETES | (symbol << 8);
      node = 0;
    }
  }
  return completed | node;
}

assignCodes();
buildTransitions(buildTree());

/** The most octets that so many coded ones decode to: no code is shorter than five bits. */
export function longestDecoded(codedBytes: number): number {
  return Math.floor((codedBytes * 8) / 5);
}

/**
 * Decodes `bytes[start..end)` into `out` from 0 on.
 * @returns how many octets, or -1 where the code is wrong: it holds the end of string, or its padding is too long or not all ones (§5.2)
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let node = 0;
  let length = 0;
  for (let index = start; index < end; index++) {
    const octet = bytes[index] ?? 0;
    const high = transitions[(node << 4) | (octet >>> 4)] ?? FAILS;
    if (high >= COMPLETES) {
      if (high >= FAILS) return -1;
      out[length++] = (high >>> 8) & 0xff;
    }
    const low = transitions[((high & 0xff) << 4) | (octet & 0x0f)] ?? FAILS;
    if (low >= COMPLETES) {
      if (low >= FAILS) return -1;
      out[length++] = (low >>> 8) & 0xff;
    }
    node = low & 0xff;
  }
  return mayEnd[node] === 1 ? length : -1;
}

/** How many octets a Latin-1 text takes when coded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index++) bits += codeLengths[text.charCodeAt(index)] ?? 0;
  return (bits + 7) >>> 3;
}

/** Codes a Latin-1 text into `out` from `at` on, where there is room for `huffmanLength(text)` octets. @returns the position after it */
export function huffmanEncode(text: string, out: Uint8Array, at: number): number {
  let position = at;
  // Up to 7 bits wait for their octet; a code of 30 more would not fit 32 bits, so the high part of a long code is written first.
  let waiting = 0;
  let bits = 0;
  for (let index = 0; index < text.length; index++) {
    const octet = text.charCodeAt(index);
    const code = codes[octet] ?? 0;
    let length = codeLengths[octet] ?? 0;
    if (length > 24) {
      length -= 16;
      bits += 16;
      waiting = (waiting << 16) | (code >>> length);
      for (; bits >= 8; bits -= 8) out[position++] = waiting >>> (bits - 8);
      waiting &= 0xff;
    }
    waiting = (waiting << length) | (code & ((1 << length) - 1));
    bits += length;
    for (; bits >= 8; bits -= 8) out[position++] = waiting >>> (bits - 8);
    waiting &= 0xff;
  }
  if (bits > 0) out[position++] = (waiting << (8 - bits)) | (0xff >>> bits);
  return position;
}
