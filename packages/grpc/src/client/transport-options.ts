/** What a transport may be told. */
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { Compression } from "../grpc/compression.ts";
import type { Clock } from "../http2/clock.ts";
import type { ConnectionOptions } from "../http2/connection-options.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Resolver } from "./resolver.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { ThrottleOptions } from "./retry-throttle.ts";

export interface GrpcTransportOptions {
  /** `http://host:port` (HTTP/2 in plain text), `https://host:port`, `dns:///host:port`, `unix:/path`. Names stand for all of their addresses. */
  readonly baseUrl: string;
  /** Finds the addresses, instead of the system's lookup of the name in `baseUrl`. */
  readonly resolver?: Resolver;
  /** TLS: certificates, keys (mTLS), CAs. With it `dns:` and `unix:` are TLS, too. */
  readonly tls?: TlsOptions;
  readonly interceptors?: Interceptor[];

  /** Protobuf's binary format, or its JSON. true */
  readonly useBinaryFormat?: boolean;
  /** What answers may be compressed with. gzip and deflate */
  readonly acceptCompression?: readonly Compression[];
  /** Compresses requests; none by default, for the server must know it. */
  readonly sendCompression?: Compression;
  /** Shorter requests are not compressed. 1024 */
  readonly compressMinBytes?: number;
  /** The longest answer that is taken, compressed or not. 4 MiB */
  readonly readMaxBytes?: number;
  /** The longest request that is sent. 2^32 - 1 */
  readonly writeMaxBytes?: number;

  /** For calls without a timeout of their own. None: such a call ends when the server does. */
  readonly defaultTimeoutMs?: number;
  /** Calls wait where no server can be reached, until their deadline; one call may say otherwise by the context key `waitForReady`. false */
  readonly waitForReady?: boolean;
  /** When calls that failed are made again. Never */
  readonly retry?: RetryPolicy | ((method: DescMethod) => RetryPolicy | undefined);
  /** When retries stop because most calls fail. `{ maxTokens: 10, tokenRatio: 0.1 }` */
  readonly retryThrottling?: ThrottleOptions;
  /** What a streaming call keeps of its requests to be made again; a call that has sent more is not. 256 KiB */
  readonly replayBytes?: number;

  /** For a connection to be there: TCP, TLS, HTTP/2's SETTINGS; for a lookup, too. 10 s */
  readonly connectTimeoutMs?: number;
  /** Between attempts to connect. See `defaultBackoff` */
  readonly backoff?: BackoffOptions;
  /** The least time between two lookups of the name; a call after that, and trouble with a connection, bring about the next. 30 s */
  readonly resolveIntervalMs?: number;
  /** Connections to one address at most: a second is opened when the first has as many calls as the server allows. 16 */
  readonly maxConnections?: number;
  /**
   * HTTP/2. By default a PING asks a server that has been silent for 5 minutes (servers end the connection of those that ask more often),
   * and a connection without calls for 5 minutes is closed.
   */
  readonly http2?: ConnectionOptions;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests: from 0 to 1. */
  readonly random?: () => number;
}
