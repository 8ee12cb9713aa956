/** What every server of the process looks like to whoever starts and stops it. */
import type { AddressInfo, Server } from "node:net";

export interface Listener {
  /** Where it listens. To be asked after `listen` only. */
  address(): AddressInfo;
  /** @throws the system's error, such as EADDRINUSE, where the port cannot be had. */
  listen(): Promise<void>;
  /** Takes in nothing new; resolves when what runs has ended. */
  drain(): Promise<void>;
  /** Cuts what still runs. */
  close(): Promise<void>;
}

/** Listens, as a promise. Errors of the listening socket after that are left to its connections. */
export function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
