/** The error codes of RFC 9113 §7, and the two scopes that an error of HTTP/2 has (§5.4). */

/** Why a stream was reset or a connection ended: RFC 9113 §7. */
export const ErrorCode = {
  NO_ERROR: 0x00,
  PROTOCOL_ERROR: 0x01,
  INTERNAL_ERROR: 0x02,
  FLOW_CONTROL_ERROR: 0x03,
  SETTINGS_TIMEOUT: 0x04,
  STREAM_CLOSED: 0x05,
  FRAME_SIZE_ERROR: 0x06,
  REFUSED_STREAM: 0x07,
  CANCEL: 0x08,
  COMPRESSION_ERROR: 0x09,
  CONNECT_ERROR: 0x0a,
  ENHANCE_YOUR_CALM: 0x0b,
  INADEQUATE_SECURITY: 0x0c,
  HTTP_1_1_REQUIRED: 0x0d,
} as const;

export type ErrorCodeName = keyof typeof ErrorCode;

/** One of the codes above. What a peer sends may be any other 32-bit number: it is passed on as it came. */
export type ErrorCode = (typeof ErrorCode)[ErrorCodeName];

const names = new Map<number, ErrorCodeName>(Object.entries(ErrorCode).map(([name, code]) => [code, name as ErrorCodeName]));

/** The name of a code, or its number in hexadecimal where RFC 9113 has no name for it. */
export function errorCodeName(code: number): string {
  return names.get(code) ?? `0x${code.toString(16)}`;
}

/** A connection cannot go on (§5.4.1): what GOAWAY says to the peer, or what the peer's GOAWAY or the socket's end said to us. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly code: number;

  /** @param detail what was wrong and where; it is sent to the peer as GOAWAY's debug data, so it holds nothing secret */
  constructor(code: number, detail: string, options?: ErrorOptions) {
    super(`${errorCodeName(code)}: ${detail}`, options);
    this.code = code;
  }
}
