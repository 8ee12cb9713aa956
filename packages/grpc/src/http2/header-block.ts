/** A header section as it is handed upwards: decoded, checked for form (RFC 9113 §8.2, §8.3), shared between calls that sent the same bytes. */
import { FieldKind, type HeaderField } from "./header-field.ts";

/**
 * A decoded header section. Nobody changes it: the decoder hands the same object out again for a repeated block of bytes,
 * and that is what `memo` is for.
 */
export class HeaderBlock {
  /** The fields that are no pseudo-headers, in the order in which they came. */
  readonly fields: readonly HeaderField[];
  readonly method: string | undefined;
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string | undefined;
  readonly status: string | undefined;
  /** `content-length`, -1 where there is none. */
  readonly contentLength: number;
  /** Why the section is malformed (§8.1.1), whatever it was sent for. The connection lets no such block through. */
  readonly fault: string | undefined;
  /** Room for what the layer above derives from the block (a route, metadata), so that a repeated block is understood once. */
  memo: unknown = undefined;

  constructor(parts: HeaderBlockParts) {
    this.fields = parts.fields;
    this.method = parts.method;
    this.scheme = parts.scheme;
    this.authority = parts.authority;
    this.path = parts.path;
    this.status = parts.status;
    this.contentLength = parts.contentLength;
    this.fault = parts.fault;
  }

  /** The value of the first field of the name, in lower case. */
  find(name: string): string | undefined {
    for (const field of this.fields) if (field.name === name) return field.value;
    return undefined;
  }
}

/** What a block is made of. */
export interface HeaderBlockParts {
  fields: HeaderField[];
  method: string | undefined;
  scheme: string | undefined;
  authority: string | undefined;
  path: string | undefined;
  status: string | undefined;
  contentLength: number;
  fault: string | undefined;
}

/** Takes the lines of a section one after the other and makes the block of them. Used again for each block. */
export class HeaderBlockBuilder implements HeaderBlockParts {
  fields: HeaderField[] = [];
  method: string | undefined;
  scheme: string | undefined;
  authority: string | undefined;
  path: string | undefined;
  status: string | undefined;
  contentLength = -1;
  fault: string | undefined;
  #host: string | undefined;

  add(field: HeaderField): void {
    const kind = field.kind;
    if (kind === FieldKind.REGULAR) this.fields.push(field);
    else if (kind === FieldKind.ILLEGAL) this.fault ??= field.fault;
    else if (kind === FieldKind.CONTENT_LENGTH) this.#addContentLength(field);
    else if (kind === FieldKind.HOST) {
      this.#host = field.value;
      this.fields.push(field);
    } else this.#addPseudo(kind, field);
  }

  /** The block of the lines added since the last call. */
  build(): HeaderBlock {
    // RFC 9113 §8.3.1: a Host that names another entity than :authority.
    if (this.#host !== undefined && this.authority !== undefined && this.#host.toLowerCase() !== this.authority.toLowerCase())
      this.fault ??= "host is other than :authority";
    const block = new HeaderBlock(this);
    this.clear();
    return block;
  }

  clear(): void {
    this.fields = [];
    this.method = undefined;
    this.scheme = undefined;
    this.authority = undefined;
    this.path = undefined;
    this.status = undefined;
    this.contentLength = -1;
    this.fault = undefined;
    this.#host = undefined;
  }

  #addContentLength(field: HeaderField): void {
    const length = Number(field.value);
    if (this.contentLength >= 0 && this.contentLength !== length) this.fault ??= "two content-lengths that differ";
    this.contentLength = length;
    this.fields.push(field);
  }

  /** §8.3: before all other fields, and each at most once. */
  #addPseudo(kind: FieldKind, field: HeaderField): void {
    if (this.fields.length > 0) this.fault ??= `${field.name} after a regular field`;
    if (this.#pseudo(kind) !== undefined) this.fault ??= `${field.name} twice`;
    if (kind === FieldKind.METHOD) this.method = field.value;
    else if (kind === FieldKind.SCHEME) this.scheme = field.value;
    else if (kind === FieldKind.AUTHORITY) this.authority = field.value;
    else if (kind === FieldKind.PATH) this.path = field.value;
    else this.status = field.value;
  }

  #pseudo(kind: FieldKind): string | undefined {
    if (kind === FieldKind.METHOD) return this.method;
    if (kind === FieldKind.SCHEME) return this.scheme;
    if (kind === FieldKind.AUTHORITY) return this.authority;
    return kind === FieldKind.PATH ? this.path : this.status;
  }
}

/** Why the block is no request's head (§8.3.1), or undefined. */
export function requestFault(block: HeaderBlock): string | undefined {
  if (block.fault !== undefined) return block.fault;
  if (block.status !== undefined) return ":status in a request";
  if (block.method === undefined || block.method === "") return "no :method";
  if (block.method === "CONNECT") return connectFault(block);
  if (block.scheme === undefined || block.scheme === "") return "no :scheme";
  if (block.path === undefined) return "no :path";
  if (block.path.charCodeAt(0) !== 0x2f && !(block.path === "*" && block.method === "OPTIONS")) return ":path is no path";
  return undefined;
}

/** §8.5. */
function connectFault(block: HeaderBlock): string | undefined {
  if (block.scheme !== undefined || block.path !== undefined) return "CONNECT with :scheme or :path";
  return block.authority === undefined ? "CONNECT without :authority" : undefined;
}

/** Why the block is no answer's head (§8.3.2), or undefined. 101 cannot be (§8.6). */
export function responseFault(block: HeaderBlock): string | undefined {
  if (block.fault !== undefined) return block.fault;
  if (hasRequestPseudo(block)) return "a request's pseudo-header in a response";
  if (block.status === undefined || !/^[1-9]\d\d$/.test(block.status)) return "no :status";
  return block.status === "101" ? "101 in HTTP/2" : undefined;
}

/** Why the block is no trailer section (§8.1, §8.3), or undefined. */
export function trailerFault(block: HeaderBlock): string | undefined {
  if (block.fault !== undefined) return block.fault;
  return block.status !== undefined || hasRequestPseudo(block) ? "a pseudo-header in trailers" : undefined;
}

function hasRequestPseudo(block: HeaderBlock): boolean {
  return block.method !== undefined || block.scheme !== undefined || block.authority !== undefined || block.path !== undefined;
}
