import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { discardRest, unendingBody } from "./unread-body.ts";

/** Posts megabytes, and gives the local port of the connection that they went over. */
function post(port: number, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method: "POST", agent, timeout: 5000 }, (response) => {
      const { localPort } = response.socket;
      response.resume().on("end", () => resolve(localPort));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer came"))).on("error", reject);
    sent.end(Buffer.alloc(4_000_000));
  });
}

test("a body that is read in part and answered leaves its connection fit for the next request, and for the stop", async () => {
  const server = createServer(async (incoming, response) => {
    response.on("finish", () => discardRest(incoming));
    for await (const chunk of unendingBody<Buffer>(incoming)) {
      response.end(String(chunk.length));
      break;
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = [await post(port, agent), await post(port, agent), await post(port, agent)];
  assert.equal(new Set(ports).size, 1, "all went over one connection");
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});
