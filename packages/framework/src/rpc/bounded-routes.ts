import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";
import type { Routes } from "./dispatch.ts";
import { mostMessageBytes } from "./request-size.ts";

/** What each operation is served with: `readMaxBytes` is the most of any. An operation's own options go before. */
export type ServingOptions = Pick<ConnectRouterOptions, "grpc" | "grpcWeb" | "connect"> & { readonly readMaxBytes: number };

/** The routes, no message of which may be larger than its contract allows, see {@link mostMessageBytes}. */
export function boundMessages(routes: Routes, serving: ServingOptions): Routes {
  return (router) => routes(boundedRouter(router, serving));
}

type Options = Parameters<ConnectRouter["rpc"]>[2];
type Declare = (method: DescMethod, implementation: unknown, options: Options) => void;

function boundedRouter(router: ConnectRouter, serving: ServingOptions): ConnectRouter {
  const declare = router.rpc.bind(router) as Declare;
  // The protocols are named again: a router takes them for those of its operations only where these have no options.
  const optionsOf = (method: DescMethod, own: Options): Options => ({
    ...serving,
    ...own,
    readMaxBytes: Math.min(serving.readMaxBytes, own?.readMaxBytes ?? mostMessageBytes(method.input) ?? serving.readMaxBytes),
  });
  const bounded: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      for (const method of service.methods) {
        // One by one, for the bound is each operation's own. What is not implemented the router itself says.
        const single = { ...service, methods: [method] } as typeof service;
        router.service(single, implementation, optionsOf(method, options));
      }
      return bounded;
    },
    rpc(method: DescMethod, implementation: unknown, options?: Options) {
      declare(method, implementation, optionsOf(method, options));
      return bounded;
    },
  };
  return bounded;
}
