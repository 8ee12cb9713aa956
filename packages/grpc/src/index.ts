/** HTTP/2 and gRPC for Node, with Connect's descriptors, routes and interceptors. */

export type { BackoffOptions } from "./client/backoff.ts";
export { defaultBackoff } from "./client/backoff.ts";
export type { Lookup, Resolver } from "./client/resolver.ts";
export { dnsResolver, staticResolver } from "./client/resolver.ts";
export type { RetryPolicy } from "./client/retry-policy.ts";
export type { ThrottleOptions } from "./client/retry-throttle.ts";
export type { Address } from "./client/target.ts";
export type { GrpcTransport } from "./client/transport.ts";
export { createGrpcTransport, waitForReady } from "./client/transport.ts";
export type { GrpcTransportOptions } from "./client/transport-options.ts";
export type { Compression } from "./grpc/compression.ts";
export { deflateCompression, gzipCompression } from "./grpc/compression.ts";
export type { Clock, Timer } from "./http2/clock.ts";
export type { ConnectionOptions } from "./http2/connection-options.ts";
export type { IncomingCall } from "./server/call.ts";
export type { Routes } from "./server/routes.ts";
export type { GrpcServer, GrpcServerOptions } from "./server/server.ts";
export { createGrpcServer } from "./server/server.ts";
