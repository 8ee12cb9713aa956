// The heads of requests and answers: gRPC over HTTP/2, "Requests" and "Responses".
import { Code, ConnectError } from "@connectrpc/connect";
import type { HeaderList } from "../http2/handler.ts";
import { codeFromHttpStatus } from "./code-mapping.ts";
import { appendMetadata } from "./metadata.ts";
import { formatTimeout } from "./timeout.ts";

/** Must equal the version in package.json, which a test sees to. */
export const VERSION = "0.1.0";

/** "grpc-" language "-" variant "/" version. */
export const USER_AGENT: string = `grpc-node-arcana/${VERSION}`;

/** How messages are written: protobuf's binary format, or its JSON. */
export type MessageFormat = "proto" | "json";

/** The format that a `content-type` names; undefined where it is not gRPC's. Without a suffix it is protobuf. */
export function parseContentType(value: string | undefined): MessageFormat | undefined {
  if (value === "application/grpc" || value === "application/grpc+proto") return "proto";
  const suffix = /^application\/grpc(?:\+([a-z0-9.-]+))?[ \t]*(?:;.*)?$/i.exec(value ?? "");
  if (suffix === null) return undefined;
  const format = (suffix[1] ?? "proto").toLowerCase();
  return format === "proto" || format === "json" ? format : undefined;
}

/** The `content-type` of a format. */
export function contentType(format: MessageFormat): string {
  return format === "proto" ? "application/grpc+proto" : "application/grpc+json";
}

/** What a `:path` names. */
export interface MethodPath {
  readonly service: string;
  readonly method: string;
}

/** `/package.Service/Method`; undefined where it is none. Exact: paths are not percent-decoded, and case matters. */
export function parsePath(path: string): MethodPath | undefined {
  const slash = path.indexOf("/", 1);
  if (path.charCodeAt(0) !== 0x2f || slash < 2 || slash === path.length - 1 || path.includes("/", slash + 1)) return undefined;
  return { service: path.slice(1, slash), method: path.slice(slash + 1) };
}

/** What the check of a request's head needs of it. */
export interface RequestBlock {
  readonly method: string | undefined;
  find(name: string): string | undefined;
}

/** A plain HTTP answer to what is no gRPC request, with a status for those that read it. */
export type Refusal = HeaderList;

const notPost: Refusal = [":status", "405", "allow", "POST", "grpc-status", "13", "grpc-message", "gRPC requests are POST requests"];
const notGrpc: Refusal = [
  ":status",
  "415",
  "accept-post",
  "application/grpc, application/grpc+proto, application/grpc+json",
  "grpc-status",
  "13",
  "grpc-message",
  "the content-type is not application/grpc, application/grpc+proto or application/grpc+json",
];

/**
 * The answer to a request that is none of gRPC's; undefined where it is one. It is a whole answer: headers that end the stream.
 *
 * - another method than POST: 405
 * - another `content-type` than gRPC's: 415
 * - no `te: trailers`: nothing. It is there to detect proxies that drop trailers, but proxies also drop it alone (it is
 *   hop-by-hop), and no other server insists on it. Any other `te` was refused by the HTTP/2 layer (RFC 9113 §8.2.2).
 */
export function refuseRequest(block: RequestBlock): Refusal | undefined {
  if (block.method !== "POST") return notPost;
  return parseContentType(block.find("content-type")) === undefined ? notGrpc : undefined;
}

/** What the head of each request to one target has in common. */
export interface RequestTarget {
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly format: MessageFormat;
  /** The name of the compression of the messages that are sent. */
  readonly encoding?: string;
  /** `grpc-accept-encoding`. */
  readonly acceptEncoding?: string;
}

/** The fields that come again with each call of a method: keep the list, so that HTTP/2 remembers how it is encoded. */
export function requestHeaders(target: RequestTarget): HeaderList {
  const list = [":method", "POST", ":scheme", target.scheme, ":path", target.path, ":authority", target.authority];
  list.push("te", "trailers", "content-type", contentType(target.format));
  if (target.encoding !== undefined) list.push("grpc-encoding", target.encoding);
  if (target.acceptEncoding !== undefined) list.push("grpc-accept-encoding", target.acceptEncoding);
  return list;
}

/**
 * The fields of one call: what is left of its deadline, the user agent and the metadata.
 *
 * @throws ConnectError `internal` where the metadata cannot be carried: see `appendMetadata`
 */
export function callHeaders(timeoutMs: number | undefined, metadata: Headers | undefined): HeaderList {
  const list: string[] = [];
  if (timeoutMs !== undefined) list.push("grpc-timeout", formatTimeout(timeoutMs));
  list.push("user-agent", metadata?.get("user-agent") ?? USER_AGENT);
  if (metadata !== undefined) appendMetadata(list, metadata);
  return list;
}

/**
 * The head of an answer.
 *
 * @param encoding the name of the compression of its messages
 * @param metadata what the handler added
 * @throws ConnectError `internal` where the metadata cannot be carried
 */
export function responseHeaders(format: MessageFormat, encoding?: string, acceptable?: string, metadata?: Headers): HeaderList {
  const list = [":status", "200", "content-type", contentType(format)];
  if (encoding !== undefined) list.push("grpc-encoding", encoding);
  if (acceptable !== undefined) list.push("grpc-accept-encoding", acceptable);
  if (metadata !== undefined) appendMetadata(list, metadata);
  return list;
}

/** An answer without messages: one block of headers that says how the call ended ("Trailers-Only"). */
export function trailersOnly(format: MessageFormat, trailers: HeaderList): HeaderList {
  return [":status", "200", "content-type", contentType(format), ...trailers];
}

/** What the check of an answer's head needs of it. */
export interface ResponseBlock {
  readonly status: string | undefined;
  find(name: string): string | undefined;
}

/**
 * The error that an answer's head is; undefined where it is gRPC's, in the format that was asked for. An answer with a
 * `grpc-status` is gRPC's own, whatever its HTTP status.
 */
export function responseError(block: ResponseBlock, format: MessageFormat): ConnectError | undefined {
  if (block.find("grpc-status") !== undefined) return undefined;
  const type = block.find("content-type");
  if (block.status !== "200") {
    const detail = type === undefined ? "" : ` (${type.slice(0, 100)})`;
    return new ConnectError(`HTTP status ${block.status} instead of a gRPC answer${detail}`, codeFromHttpStatus(Number(block.status)));
  }
  const answered = parseContentType(type);
  if (answered === format) return undefined;
  return new ConnectError(`an answer of content-type ${JSON.stringify(type?.slice(0, 100) ?? "")}`, Code.Unknown);
}
