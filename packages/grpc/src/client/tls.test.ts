import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "node:tls";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcServer } from "../server/server.ts";
import { Echo } from "../server/testing/echo-service.ts";
import { createGrpcTransport } from "./transport.ts";

test("over TLS a server is called whose certificate is trusted and that speaks HTTP/2, and no other", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "grpc-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const names = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...names, ...subject], {
    stdio: "ignore",
  });
  const cert = readFileSync(join(folder, "cert.pem"));
  const key = readFileSync(join(folder, "key.pem"));
  const server = createGrpcServer({
    routes: (router) => void router.rpc(Echo.method.say, ({ value }) => ({ value })),
    tls: { cert, key },
  });
  const { port } = await server.listen();
  const other = createServer({ cert, key }, (socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  assert.ok(typeof address === "object" && address !== null);

  const say = async (toPort: number, tls: object): Promise<string> => {
    const transport = createGrpcTransport({ baseUrl: `https://localhost:${toPort}`, tls });
    try {
      return (await createClient(Echo, transport).say({ value: "safe" }, { timeoutMs: 5000 })).value;
    } finally {
      transport.close(0);
    }
  };
  t.after(async () => {
    other.close();
    await server.close();
  });
  const unavailable = (why: RegExp) => (error: unknown) =>
    error instanceof ConnectError && error.code === Code.Unavailable && why.test(error.rawMessage);
  assert.equal(await say(port, { ca: cert }), "safe");
  await assert.rejects(say(port, {}), unavailable(/self-signed/));
  await assert.rejects(say(address.port, { ca: cert }), unavailable(/ALPN|alpn/));
});
