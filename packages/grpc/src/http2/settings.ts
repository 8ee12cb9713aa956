/** SETTINGS: RFC 9113 §6.5. */
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { MAX_31_BITS, SETTING_BYTES } from "./frame.ts";
import { readUint32 } from "./frame-reader.ts";

/** §6.5.2. */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

export const DEFAULT_WINDOW_BYTES = 65_535;
export const LEAST_MAX_FRAME_BYTES = 16_384;
export const MOST_MAX_FRAME_BYTES = 16_777_215;

/** What both roles tell their peer; identifiers and values, one after the other. */
export function localSettings(options: {
  readonly headerTableBytes: number;
  readonly streamWindowBytes: number;
  readonly maxFrameBytes: number;
  readonly maxHeaderListBytes: number;
}): number[] {
  return [
    ...[Setting.HEADER_TABLE_SIZE, options.headerTableBytes],
    ...[Setting.INITIAL_WINDOW_SIZE, options.streamWindowBytes],
    ...[Setting.MAX_FRAME_SIZE, options.maxFrameBytes],
    ...[Setting.MAX_HEADER_LIST_SIZE, options.maxHeaderListBytes],
  ];
}

/** What a peer has set; until it has, the initial values of §6.5.2. */
export class PeerSettings {
  headerTableBytes = 4096;
  maxConcurrentStreams = Number.POSITIVE_INFINITY;
  initialWindowBytes = DEFAULT_WINDOW_BYTES;
  maxFrameBytes = LEAST_MAX_FRAME_BYTES;
  maxHeaderListBytes = Number.POSITIVE_INFINITY;

  /**
   * Takes over a payload, value by value in their order; unknown settings are passed over.
   * @param peerIsServer a server must not allow push, having no one to push to it (§6.5.2)
   * @throws ConnectionError where a value is out of range
   */
  apply(bytes: Uint8Array, start: number, end: number, peerIsServer: boolean): void {
    for (let at = start; at < end; at += SETTING_BYTES)
      this.#set(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0), readUint32(bytes, at + 2), peerIsServer);
  }

  #set(id: number, value: number, peerIsServer: boolean): void {
    switch (id) {
      case Setting.HEADER_TABLE_SIZE:
        this.headerTableBytes = value;
        break;
      case Setting.ENABLE_PUSH:
        if (value > (peerIsServer ? 0 : 1)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `SETTINGS_ENABLE_PUSH is ${value}`);
        break;
      case Setting.MAX_CONCURRENT_STREAMS:
        this.maxConcurrentStreams = value;
        break;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > MAX_31_BITS) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, `SETTINGS_INITIAL_WINDOW_SIZE is ${value}`);
        this.initialWindowBytes = value;
        break;
      case Setting.MAX_FRAME_SIZE:
        if (value < LEAST_MAX_FRAME_BYTES || value > MOST_MAX_FRAME_BYTES)
          throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `SETTINGS_MAX_FRAME_SIZE is ${value}`);
        this.maxFrameBytes = value;
        break;
      case Setting.MAX_HEADER_LIST_SIZE:
        this.maxHeaderListBytes = value;
        break;
    }
  }
}
