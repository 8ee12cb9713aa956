/** Where a person finds what was started. */
import type { AddressInfo } from "node:net";

export interface Welcome {
  readonly rest: string;
  readonly docs: string;
  /** As gRPC clients take it: host and port. */
  readonly grpc: string;
}

export function welcome(rest: AddressInfo, grpc: AddressInfo): Welcome {
  const url = `http://${reachable(rest)}`;
  return { rest: url, docs: `${url}/swagger-ui`, grpc: reachable(grpc) };
}

/** The address as it is typed on this machine: a server that listens everywhere is here as well. */
function reachable({ address, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `localhost:${port}`;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
