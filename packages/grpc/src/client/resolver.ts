/** From the name of a server to its addresses. */
import { promises as dns } from "node:dns";
import { type Address, addressKey, type Target } from "./target.ts";

export interface Resolver {
  /** The addresses as they are now. */
  resolve(): Promise<readonly Address[]>;
  /** Whether another answer is possible later. */
  readonly canChange: boolean;
}

/** The part of `node:dns` that is needed. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string }[]>;

const systemLookup: Lookup = (host) => dns.lookup(host, { all: true });

export function staticResolver(addresses: readonly Address[]): Resolver {
  return { canChange: false, resolve: () => Promise.resolve(addresses) };
}

/** All addresses that the system knows for a name (DNS, /etc/hosts). */
export function dnsResolver(host: string, port: number, lookup: Lookup = systemLookup): Resolver {
  return {
    canChange: true,
    async resolve() {
      const found = await lookup(host);
      return found.map(({ address }) => ({ host: address, port }));
    },
  };
}

export function createResolver({ address, isName }: Target, lookup?: Lookup): Resolver {
  return isName && "host" in address ? dnsResolver(address.host, address.port, lookup) : staticResolver([address]);
}

/** What has changed between what was known and what was found. */
export interface AddressChange {
  readonly added: readonly Address[];
  /** Keys. */
  readonly removed: readonly string[];
}

export function compareAddresses(knownKeys: Iterable<string>, found: readonly Address[]): AddressChange {
  const wanted = new Map(found.map((address) => [addressKey(address), address]));
  const removed: string[] = [];
  for (const key of knownKeys) if (!wanted.delete(key)) removed.push(key);
  return { added: [...wanted.values()], removed };
}
