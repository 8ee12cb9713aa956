// Compression of messages, and the choice of it: gRPC's "Compression" (doc/compression.md).
import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";

/** A way to compress messages; Connect's `Compression` has the same shape, so that those of others (brotli, zstd) fit. */
export interface Compression {
  /** As in `grpc-encoding`. */
  readonly name: string;
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * @param maxBytes the longest result that is made
   * @throws ConnectError `resource_exhausted` where the result would be longer, `internal` at bytes that were not compressed so
   */
  decompress(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

type Pack = (bytes: Uint8Array) => Promise<Uint8Array>;
type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

// zlib works on threads of its own, so that a large message holds up no other call.
function zlibCompression(name: string, compress: Pack, decompress: Unpack): Compression {
  return {
    name,
    compress,
    async decompress(bytes, maxBytes) {
      try {
        // zlib does not take 0 for a limit.
        const result = await decompress(bytes, { maxOutputLength: Math.max(1, maxBytes) });
        if (result.length <= maxBytes) return result;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") {
          throw new ConnectError(`a message is no ${name} data`, Code.Internal, undefined, undefined, error);
        }
      }
      throw new ConnectError(`a message of more than ${maxBytes} bytes when decompressed`, Code.ResourceExhausted);
    },
  };
}

export const gzipCompression: Compression = zlibCompression("gzip", promisify<Uint8Array, Buffer>(gzip), promisify(gunzip) as Unpack);

/** "deflate" is the zlib format (RFC 1950), as in HTTP. */
export const deflateCompression: Compression = zlibCompression(
  "deflate",
  promisify<Uint8Array, Buffer>(deflate),
  promisify(inflate) as Unpack,
);

export const defaultCompressions: readonly Compression[] = [gzipCompression, deflateCompression];

/** The value of `grpc-accept-encoding`. */
export function acceptEncoding(supported: readonly Compression[]): string {
  return ["identity", ...supported.map(({ name }) => name)].join(",");
}

/**
 * What the messages of a peer are compressed with, by its `grpc-encoding`; undefined for `identity`.
 *
 * @throws ConnectError `unimplemented`, with `grpc-accept-encoding` in its metadata, at one that is not supported
 */
export function findCompression(encoding: string | undefined, supported: readonly Compression[]): Compression | undefined {
  if (encoding === undefined || encoding === "" || encoding === "identity") return undefined;
  const found = supported.find(({ name }) => name === encoding);
  if (found !== undefined) return found;
  const acceptable = acceptEncoding(supported);
  const shown = JSON.stringify(encoding.slice(0, 40));
  throw new ConnectError(`messages compressed with ${shown}: supported are ${acceptable}`, Code.Unimplemented, {
    "grpc-accept-encoding": acceptable,
  });
}

/**
 * The first compression of `preferred` that the peer accepts, by its `grpc-accept-encoding`; undefined for none. Without
 * that field a peer is known to accept only what it uses itself.
 */
export function chooseCompression(
  accepted: string | undefined,
  used: Compression | undefined,
  preferred: readonly Compression[],
): Compression | undefined {
  if (accepted === undefined) return used;
  const names = new Set(accepted.split(",").map((name) => name.trim()));
  return preferred.find(({ name }) => names.has(name));
}

/**
 * Decompresses a message whose flag says so.
 *
 * @throws ConnectError `internal` where `grpc-encoding` named no compression: "compressed flag set, no encoding"
 */
export function decompressMessage(bytes: Uint8Array, compression: Compression | undefined, maxBytes: number): Promise<Uint8Array> {
  if (compression === undefined) return Promise.reject(new ConnectError("a compressed message without grpc-encoding", Code.Internal));
  return compression.decompress(bytes, maxBytes);
}
