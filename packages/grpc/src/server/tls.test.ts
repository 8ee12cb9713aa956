import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { credentials } from "@grpc/grpc-js";
import { createGrpcServer } from "./server.ts";
import { Echo } from "./testing/echo-service.ts";
import { GrpcJsEcho } from "./testing/grpc-js-echo.ts";

test("over TLS a client that speaks h2 is served, and one that offers no protocol is turned away", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "grpc-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const names = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...names, ...subject], {
    stdio: "ignore",
  });
  const cert = readFileSync(join(folder, "cert.pem"));
  const server = createGrpcServer({
    routes: (router) => void router.rpc(Echo.method.say, ({ value }) => ({ value })),
    tls: { cert, key: readFileSync(join(folder, "key.pem")) },
  });
  const { port } = await server.listen();
  const client = new GrpcJsEcho(port, credentials.createSsl(cert));
  t.after(async () => {
    client.close();
    await server.close();
  });
  const { error, value } = await client.unary(create(StringValueSchema, { value: "safe" }));
  assert.equal(error, undefined);
  assert.equal(value, "safe");
  const plain = connect({ host: "127.0.0.1", servername: "localhost", port, ca: cert });
  plain.resume();
  plain.on("error", () => {});
  await new Promise((resolve) => plain.once("close", resolve));
  assert.equal(server.connectionCount, 1);
});
