/**
 * The address as far as it tells one client from another: an IPv4 address itself, of an IPv6 address the first 64 bits.
 * Whoever has one IPv6 address has 2^64 of them (RFC 7421).
 */
export function networkOf(client: string): string {
  const address = withoutPort(client);
  if (!address.includes(":")) return address;
  const groups = ipv6Groups(address);
  if (groups === undefined) return address;
  return ipv4In(groups) ?? `${groups.slice(0, 4).join(":")}::/64`;
}

/** Without the port, another one for each connection, that some proxies write: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function withoutPort(client: string): string {
  const parts = /^(?:(\d+(?:\.\d+){3}):\d+|\[([^\]]+)\](?::\d+)?)$/.exec(client);
  return parts?.[1] ?? parts?.[2] ?? client;
}

/** The eight groups in lower-case hex without leading zeros; undefined where it is no IPv6 address. The zone is left out. */
function ipv6Groups(address: string): readonly string[] | undefined {
  const [unzoned = ""] = address.split("%");
  const canonical = URL.parse(`http://[${unzoned}]/`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [before = [], after = []] = canonical.split("::").map((half) => (half === "" ? [] : half.split(":")));
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}

/** The IPv4 address that an IPv6 socket shows as `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2). */
function ipv4In(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(":") !== "0:0:0:0:0:ffff") return undefined;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 0xff])
    .join(".");
}
