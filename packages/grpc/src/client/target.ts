/** Where a server can be reached: a host (or its address) and port, or the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** What the name of a server says. */
export interface Target {
  readonly scheme: "http" | "https";
  /** The `:authority` of the requests. */
  readonly authority: string;
  /** The name that its certificate is for. */
  readonly serverName: string;
  /** Where it is; with a name for its host that may have to be looked up. */
  readonly address: Address;
  /** Whether `address.host` is a name that stands for any number of addresses. */
  readonly isName: boolean;
}

/** The same for two addresses that are the same. */
export function addressKey(address: Address): string {
  return "path" in address ? `unix:${address.path}` : `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/**
 * Reads the name of a server: `http://host:port` or `https://host:port`, `dns:///host:port` (plain text unless `secure`), or `unix:/path`.
 *
 * @throws TypeError at any other
 */
export function parseTarget(text: string, secure: boolean = false): Target {
  if (text.startsWith("unix:")) return unixTarget(text, secure);
  const isDns = text.startsWith("dns:");
  const url = parseUrl(isDns ? text.replace(/^dns:(\/\/\/)?/, secure ? "https://" : "http://") : text);
  const scheme = url.protocol === "https:" ? "https" : "http";
  if (scheme === "http" && url.protocol !== "http:") throw illegalTarget(text);
  if (url.hostname === "" || url.username !== "" || url.search !== "" || url.hash !== "") throw illegalTarget(text);
  if (url.pathname !== "/") throw new TypeError(`${JSON.stringify(text)} has a path, which gRPC has no place for`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  const isName = !(host.includes(":") || /^[\d.]+$/.test(host));
  return { scheme, authority: url.host, serverName: host, address: { host, port }, isName };
}

function unixTarget(text: string, secure: boolean): Target {
  const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "") throw illegalTarget(text);
  return { scheme: secure ? "https" : "http", authority: "localhost", serverName: "localhost", address: { path }, isName: false };
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw illegalTarget(text);
  return new URL(text);
}

function illegalTarget(text: string): TypeError {
  return new TypeError(`${JSON.stringify(text)} is no http://host:port, https://host:port, dns:///host:port or unix:/path`);
}
