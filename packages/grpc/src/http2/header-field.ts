/** One field line, and what RFC 9113 §8.2 and §8.3 make of it: found out once, when the line is made, not each time it is referred to. */

/** What a field means to HTTP/2 itself. */
export const FieldKind = {
  REGULAR: 0,
  METHOD: 1,
  SCHEME: 2,
  AUTHORITY: 3,
  PATH: 4,
  STATUS: 5,
  CONTENT_LENGTH: 6,
  HOST: 7,
  /** Must not be there: the reason is in `fault`. */
  ILLEGAL: 8,
} as const;

export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

/** A field line. Lines from HPACK's tables are one object each, so they can be compared by identity. */
export class HeaderField {
  /** Lower case (§8.2.1). */
  readonly name: string;
  /** One character an octet (Latin-1), without white space around it. */
  readonly value: string;
  /** The peer asked that no one along the way puts it into a compression table (RFC 7541 §6.2.3). */
  readonly neverIndexed: boolean;
  readonly kind: FieldKind;
  /** Why a section with this line is malformed (§8.1.1). */
  readonly fault: string | undefined;

  constructor(name: string, value: string, neverIndexed: boolean) {
    this.name = name;
    this.value = value;
    this.neverIndexed = neverIndexed;
    this.fault = fieldFault(name, value);
    this.kind = this.fault === undefined ? (kinds.get(name) ?? FieldKind.REGULAR) : FieldKind.ILLEGAL;
  }

  /** What the line counts for in tables and limits: RFC 7541 §4.1. */
  get size(): number {
    return this.name.length + this.value.length + FIELD_OVERHEAD_BYTES;
  }
}

/** RFC 7541 §4.1. */
export const FIELD_OVERHEAD_BYTES = 32;

const kinds = new Map<string, FieldKind>([
  [":method", FieldKind.METHOD],
  [":scheme", FieldKind.SCHEME],
  [":authority", FieldKind.AUTHORITY],
  [":path", FieldKind.PATH],
  [":status", FieldKind.STATUS],
  ["content-length", FieldKind.CONTENT_LENGTH],
  ["host", FieldKind.HOST],
]);

/** §8.2.2: they speak of an HTTP/1.1 connection. */
const connectionSpecific = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);

const DELETE = 0x7f;
const COLON = 0x3a;

/** §8.2.1: what may stand in a name: RFC 9110's token characters without the upper case. */
const nameOctets = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") nameOctets[character.charCodeAt(0)] = 1;

/** Why the field must not be in a section, or undefined: §8.2.1, §8.2.2, §8.3. */
export function fieldFault(name: string, value: string): string | undefined {
  if (name.charCodeAt(0) === COLON) {
    if (!kinds.has(name)) return "unknown pseudo-header";
  } else if (!isName(name)) return "illegal field name";
  else if (connectionSpecific.has(name)) return `${name} belongs to HTTP/1.1 connections`;
  if (!isValue(value)) return `illegal value of ${name}`;
  if (name === "te" && value !== "trailers") return "te is other than trailers";
  if (name === "content-length" && !/^\d{1,15}$/.test(value)) return "content-length is no length";
  return undefined;
}

function isName(name: string): boolean {
  for (let index = 0; index < name.length; index++) if (nameOctets[name.charCodeAt(index)] !== 1) return false;
  return name.length > 0;
}

/** No NUL, CR or LF anywhere, no white space around; nor other control characters, which RFC 9110 §5.5 lets one refuse. One octet a character. */
function isValue(value: string): boolean {
  const last = value.length - 1;
  for (let index = 0; index <= last; index++) {
    const octet = value.charCodeAt(index);
    if (octet < 0x20 ? octet !== 0x09 : octet === DELETE || octet > 0xff) return false;
  }
  return last < 0 || !(isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(last)));
}

function isSpace(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}
