/** Names of the frame layer: RFC 9113 §4.1 and §6. */

export const FrameType = {
  DATA: 0x00,
  HEADERS: 0x01,
  PRIORITY: 0x02,
  RST_STREAM: 0x03,
  SETTINGS: 0x04,
  PUSH_PROMISE: 0x05,
  PING: 0x06,
  GOAWAY: 0x07,
  WINDOW_UPDATE: 0x08,
  CONTINUATION: 0x09,
} as const;

export const FrameFlag = {
  ACK: 0x01,
  END_STREAM: 0x01,
  END_HEADERS: 0x04,
  PADDED: 0x08,
  PRIORITY: 0x20,
} as const;

export const FRAME_HEADER_BYTES = 9;
export const PING_BYTES = 8;
export const SETTING_BYTES = 6;

/** What a client sends first: RFC 9113 §3.4. */
export const CLIENT_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Stream identifiers and window sizes have 31 bits. */
export const MAX_31_BITS = 0x7fffffff;
