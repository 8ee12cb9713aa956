// `grpc-status`, `grpc-message` and `grpc-status-details-bin`: how a call ended.
import { Code, ConnectError } from "@connectrpc/connect";
import type { HeaderList } from "../http2/handler.ts";
import type { Field } from "./metadata.ts";
import { appendMetadata, decodeBinaryValue, encodeBinaryValue, headerListBytes, toHeaders } from "./metadata.ts";
import { percentDecode, percentEncode } from "./percent.ts";
import type { ReceivedDetail } from "./rich-status.ts";
import { decodeRichStatus, encodeRichStatus } from "./rich-status.ts";

const STATUS = "grpc-status";
const MESSAGE = "grpc-message";
const DETAILS = "grpc-status-details-bin";

/** The trailers of a call that went well and has no metadata. One array for all calls, so that its encoding can be remembered. */
export const okTrailers: HeaderList = [STATUS, "0"];

/** What a peer may be asked to take when it has not said: the least that implementations grant. */
const DEFAULT_MAX_BYTES = 8192;

/**
 * The trailers of a call that went well.
 *
 * @throws ConnectError where the metadata cannot be carried: see `appendMetadata`
 */
export function successTrailers(metadata: Headers): HeaderList {
  const list = [...okTrailers];
  appendMetadata(list, metadata);
  return list.length === okTrailers.length ? okTrailers : list;
}

/**
 * The trailers of a call that failed: its status, message and details, and the metadata of the call and of the error.
 * What cannot be carried or does not fit `maxBytes` (the peer's SETTINGS_MAX_HEADER_LIST_SIZE) is left out, be it the end
 * of the message: an error must arrive.
 */
export function errorTrailers(error: ConnectError, metadata?: Headers, maxBytes: number = DEFAULT_MAX_BYTES): HeaderList {
  const code = error.code in Code ? error.code : Code.Unknown;
  const list = [STATUS, String(code)];
  const append = (add: () => void): void => {
    const { length } = list;
    try {
      add();
    } catch {
      list.length = length;
    }
    if (headerListBytes(list) > maxBytes) list.length = length;
  };
  append(() => {
    if (error.rawMessage !== "") list.push(MESSAGE, encodeMessage(error.rawMessage, maxBytes - headerListBytes([...list, MESSAGE, ""])));
  });
  append(() => {
    if (error.details.length > 0) list.push(DETAILS, encodeBinaryValue(encodeRichStatus(code, error.rawMessage, error.details)));
  });
  append(() => appendMetadata(list, metadata ?? noMetadata));
  // What came with an error of another server is between that server and this one.
  append(() => appendMetadata(list, error.isWireError ? noMetadata : error.metadata));
  return list;
}

const noMetadata = new Headers();

/** Encodes as much of a message as the room allows, never a part of a character. */
function encodeMessage(message: string, maxLength: number): string {
  // No field value may have spaces around it (RFC 9113 §8.2.1).
  const whole = percentEncode(message).replace(/^ +| +$/g, (spaces) => "%20".repeat(spaces.length));
  if (whole.length <= maxLength) return whole;
  let encoded = "";
  for (const character of message) {
    const next = percentEncode(character);
    if (encoded.length + next.length > maxLength) break;
    encoded += next;
  }
  return encoded;
}

/** How a call ended, as its trailers (or, in a trailers-only answer, its headers) say. */
export interface Status {
  /** 0 to 16. */
  readonly code: number;
  readonly message: string;
  readonly details: readonly ReceivedDetail[];
}

/**
 * The status in a header block; undefined where it has none.
 *
 * `grpc-status` decides; the details add to it, and give the message where there is no `grpc-message`. A code that gRPC
 * does not define is `unknown`.
 */
export function findStatus(block: { find(name: string): string | undefined }): Status | undefined {
  const value = block.find(STATUS);
  if (value === undefined) return undefined;
  const code = parseCode(value);
  if (code === 0) return success;
  const encoded = block.find(DETAILS);
  const bytes = encoded === undefined ? undefined : decodeBinaryValue(encoded);
  const rich = bytes === undefined ? undefined : decodeRichStatus(bytes);
  const message = block.find(MESSAGE);
  const unknown = code === undefined ? `unknown grpc-status ${JSON.stringify(value)}` : "";
  return {
    code: code ?? Code.Unknown,
    message: message === undefined ? (rich?.message ?? unknown) : percentDecode(message),
    details: rich?.details ?? [],
  };
}

const success: Status = { code: 0, message: "", details: [] };

function parseCode(value: string): number | undefined {
  if (!/^\d{1,2}$/.test(value)) return undefined;
  const code = Number(value);
  return code <= Code.Unauthenticated ? code : undefined;
}

/**
 * The error that a status is; undefined where the call went well.
 *
 * @param metadata the headers and trailers of the answer, for the error's `metadata`
 */
export function statusError(status: Status, metadata: Iterable<Field>): ConnectError | undefined {
  if (status.code === 0) return undefined;
  const error = new ConnectError(status.message, status.code, toHeaders(metadata));
  error.details = status.details.map(({ type, value }) => ({ type, value }));
  error.isWireError = true;
  return error;
}
