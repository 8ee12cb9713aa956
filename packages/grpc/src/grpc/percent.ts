// The coding of `grpc-message`: UTF-8, with each byte outside of %x20-%x24 and %x26-%x7E written as %XX
// (gRPC over HTTP/2, "Percent-Encoded").

const PERCENT = 0x25;
const plain = /^[ -$&-~]*$/;

/** Encodes text for `grpc-message`. Lone surrogates become U+FFFD. */
export function percentEncode(text: string): string {
  if (plain.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== PERCENT;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  }
  return encoded;
}

/**
 * Decodes `grpc-message`. Never throws: "receivers must not discard the message where values are invalid". A `%` that two
 * hexadecimal digits do not follow stands for itself, and bytes that are no UTF-8 become U+FFFD.
 */
export function percentDecode(value: string): string {
  if (!value.includes("%")) return value;
  const bytes = Buffer.from(value, "latin1");
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i] === PERCENT ? hexOctet(bytes, i + 1) : -1;
    bytes[length++] = octet < 0 ? (bytes[i] as number) : octet;
    if (octet >= 0) i += 2;
  }
  return bytes.toString("utf8", 0, length);
}

/** The value of two hexadecimal digits, -1 where they are none. */
function hexOctet(bytes: Buffer, at: number): number {
  const high = hexDigit(bytes[at]);
  const low = hexDigit(bytes[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
