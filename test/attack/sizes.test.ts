// Bodies of megabytes, within the server's limit and far beyond what the contract needs: refused without being parsed.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { ask, bytesUntilClosed } from "./raw-http.ts";
import { failConnect, failGrpc, failGrpcWeb, frame } from "./raw-rpc.ts";
import type { Target } from "./target.ts";
import { assertRefused, attacks, startTarget } from "./target.ts";

const target = await startTarget();

const megabytes = 3_900_000;
const nested = Buffer.from(`{"unknown":${"[".repeat(megabytes)}`);
const text = Buffer.from(JSON.stringify({ username: "a".repeat(megabytes), email: "a@b.c", password: "p" }));

/** How long the longest text was that anything in the process parsed meanwhile. */
async function longestParsed(work: () => Promise<void>): Promise<number> {
  const { parse } = JSON;
  let longest = 0;
  JSON.parse = (json, reviver) => {
    longest = Math.max(longest, String(json).length);
    return parse(json, reviver);
  };
  try {
    await work();
  } finally {
    JSON.parse = parse;
  }
  return longest;
}

async function assertUnparsed(work: () => Promise<void>): Promise<void> {
  assert.ok((await longestParsed(work)) < 64 * 1024, "the body was parsed");
}

const head = (framing: string) =>
  `POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n${framing}\r\n\r\n`;

/** Sends the JSON to the operation over the three that have messages. */
function refusedEverywhere(path: string, json: Uint8Array) {
  return ({ server: { ports } }: Target): Promise<void> =>
    assertUnparsed(async () => {
      for (const { status, reason } of [
        await failGrpc(ports.grpc, { path, headers: { "content-type": "application/grpc+json" }, body: frame(0, json) }),
        await failGrpcWeb(ports.rest, { path, headers: { "content-type": "application/grpc-web+json" }, body: frame(0, json) }),
        await failConnect(ports.rest, { path, headers: { "content-type": "application/json" }, body: json }),
      ]) {
        assert.deepEqual([status, reason], [Code.ResourceExhausted, "PAYLOAD_TOO_LARGE"]);
      }
    });
}

attacks(target, {
  "a body of megabytes that announces itself is refused by its length alone": ({ server: { ports } }) =>
    assertUnparsed(async () => {
      for (const body of [nested, text]) {
        assertRefused(await ask(ports.rest, head(`content-length: ${body.length}`)), 413, "PAYLOAD_TOO_LARGE");
      }
    }),

  "a body that grows to megabytes is cut off": ({ server: { ports } }) =>
    assertUnparsed(async () => {
      for (const body of [nested, text]) {
        const chunk = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]);
        // The answer may be lost with the connection, which ends while the client still sends.
        assert.match((await bytesUntilClosed(ports.rest, [head("transfer-encoding: chunked"), chunk])).toString(), /^$|^HTTP\/1\.1 413 /);
      }
    }),

  "nested JSON of megabytes is refused over the protocols of messages": refusedEverywhere("/arcana.auth.v1.AuthService/Login", nested),

  "a text of megabytes meets no pattern": refusedEverywhere("/arcana.auth.v1.AuthService/Register", text),

  "also gRPC's own operations, whose contracts set no bound, take no megabytes": ({ server: { ports } }) =>
    assertUnparsed(async () => {
      const headers = { "content-type": "application/grpc+json" };
      for (const path of [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      ]) {
        const { reason } = await failGrpc(ports.grpc, { path, headers, body: frame(0, nested) });
        assert.equal(reason, "PAYLOAD_TOO_LARGE", path);
      }
    }),
});
