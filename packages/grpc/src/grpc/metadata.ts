// Metadata: what HTTP/2 carries as fields and Connect shows as `Headers`.
import { Code, ConnectError } from "@connectrpc/connect";
import type { HeaderList } from "../http2/handler.ts";
import { FIELD_OVERHEAD_BYTES } from "../http2/header-field.ts";

/** A field as the HTTP/2 layer hands it up. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/**
 * Fields that belong to the protocols and never travel as metadata: those that this package writes itself, those of the
 * Connect protocol that a forwarded call may bring along, and those that RFC 9113 §8.2.2 forbids. With them all that
 * begins with `grpc-`, which is reserved.
 */
const reserved = new Set([
  "accept-encoding",
  "connect-accept-encoding",
  "connect-content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

/** Whether a name (lower case) belongs to the protocol: a user's value of it is not sent. */
export function isReserved(name: string): boolean {
  return name.startsWith("grpc-") || name.startsWith(":") || reserved.has(name);
}

/** gRPC's ASCII-Value: printable, or space. */
const asciiValue = /^[ -~]*$/;

/**
 * Appends metadata to a list of fields. What is reserved is left out. Each value of a `-bin` key becomes a field of its
 * own, because not every peer splits them at the comma.
 *
 * @throws ConnectError `internal` at a value that gRPC cannot carry: text outside of printable ASCII, or a `-bin` value
 *   that is no base64
 */
export function appendMetadata(list: string[], metadata: Headers): void {
  for (const [name, value] of metadata) {
    if (isReserved(name)) continue;
    if (name.endsWith("-bin")) {
      for (const part of splitBinary(value)) list.push(name, toUnpadded(name, part));
    } else if (asciiValue.test(value)) {
      list.push(name, value);
    } else {
      throw new ConnectError(`metadata "${name}" has characters other than printable ASCII: use a key that ends in -bin`, Code.Internal);
    }
  }
}

function splitBinary(value: string): string[] {
  return value.split(",").map((part) => part.trim());
}

/** Base64 with or without padding; not base64url, which gRPC does not know. */
const base64 = /^[A-Za-z0-9+/]*(={0,2})$/;

/** "Implementations MUST accept padded and un-padded values and should emit un-padded values." */
function toUnpadded(name: string, value: string): string {
  if (!isBase64(value)) throw new ConnectError(`metadata "${name}" is no base64: encode it with encodeBinaryHeader`, Code.Internal);
  return value.replace(/=+$/, "");
}

function isBase64(value: string): boolean {
  const padding = base64.exec(value)?.[1];
  if (padding === undefined) return false;
  return padding === "" ? value.length % 4 !== 1 : value.length % 4 === 0;
}

/** Bytes as the value of a `-bin` key. */
export function encodeBinaryValue(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64").replace(/=+$/, "");
}

/** The bytes of one value of a `-bin` key, padded or not; undefined where it is no base64. */
export function decodeBinaryValue(value: string): Uint8Array | undefined {
  return isBase64(value) ? new Uint8Array(Buffer.from(value, "base64")) : undefined;
}

/**
 * All values of a `-bin` key, in the order in which they were sent, whether in fields of their own or joined by commas.
 *
 * @throws ConnectError `invalid_argument` where one is no base64
 */
export function binaryValues(headers: Headers, name: string): Uint8Array[] {
  const joined = headers.get(name);
  if (joined === null) return [];
  return splitBinary(joined).map((part) => {
    const bytes = decodeBinaryValue(part);
    if (bytes === undefined) throw new ConnectError(`metadata "${name}" is no base64`, Code.InvalidArgument);
    return bytes;
  });
}

/**
 * Fields as `Headers`.
 *
 * @throws ConnectError `internal` at a name or value that no header may have; the HTTP/2 layer lets none through
 */
export function toHeaders(fields: Iterable<Field>): Headers {
  const headers = new Headers();
  for (const { name, value } of fields) {
    try {
      headers.append(name, value);
    } catch {
      throw new ConnectError(`illegal metadata ${JSON.stringify(name)}`, Code.Internal);
    }
  }
  return headers;
}

/** Metadata that came from the peer. `Headers` are made when somebody asks for them: most handlers never do. */
export class ReceivedMetadata {
  readonly #fields: readonly Field[];
  #headers: Headers | undefined;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  /** The same object at each call; it may be changed without changing what others received. */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.#fields);
    return this.#headers;
  }

  /** The value of the first field of a name (lower case), as it was sent. */
  find(name: string): string | undefined {
    for (const field of this.#fields) if (field.name === name) return field.value;
    return undefined;
  }
}

/** The size of a list as SETTINGS_MAX_HEADER_LIST_SIZE counts it, in bytes: RFC 9113 §6.5.2. */
export function headerListBytes(list: HeaderList): number {
  let bytes = (list.length / 2) * FIELD_OVERHEAD_BYTES;
  for (const text of list) bytes += text.length;
  return bytes;
}

/**
 * Makes sure that a list fits what the peer accepts (its SETTINGS_MAX_HEADER_LIST_SIZE).
 *
 * @throws ConnectError `resource_exhausted`
 */
export function assertHeaderListBytes(list: HeaderList, maxBytes: number): void {
  const bytes = headerListBytes(list);
  if (bytes > maxBytes) throw new ConnectError(`metadata of ${bytes} bytes: the peer takes ${maxBytes}`, Code.ResourceExhausted);
}
