/** A small HTTP server for routes that are to have a port of their own, such as metrics. */
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpRoute } from "./http-route.ts";
import { bodyText, isLocal, jsonContentType } from "./http-route.ts";
import type { Listener } from "./listener.ts";
import { listen } from "./listener.ts";
import { createServer } from "./node-http.ts";

export interface PlainServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly routes: readonly HttpRoute[];
  /** Told of an answer that could not be made; the client gets 500. */
  readonly onFault: (error: unknown) => void;
}

export function createPlainServer({ host, port, routes, onFault }: PlainServerOptions): Listener {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const route = byPath.get(path);
    if (route === undefined || (route.loopbackOnly && !isLocal(request))) return send(response, 404, "");
    if (request.method !== "GET" && request.method !== "HEAD") return send(response.setHeader("allow", "GET, HEAD"), 405, "");
    respond(route, response).catch((error: unknown) => {
      onFault(error);
      send(response, 500, "");
    });
  });
  return {
    address: () => server.address() as AddressInfo,
    listen: () => listen(server, { host, port }),
    drain: () => new Promise((resolve) => server.close(() => resolve())),
    async close() {
      server.closeAllConnections();
    },
  };
}

async function respond(route: HttpRoute, response: ServerResponse): Promise<void> {
  const answer = await route.answer();
  send(response, answer.status, bodyText(answer), answer.contentType ?? jsonContentType);
}

function send(response: ServerResponse, status: number, body: string, contentType = "text/plain; charset=utf-8"): void {
  response.writeHead(status, {
    "content-type": contentType,
    "x-content-type-options": "nosniff",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
