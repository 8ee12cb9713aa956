// Requests that are no sound HTTP/1.1: each is refused in the usual form, ends its connection, and nothing behind it is served.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { ask, bytesUntilClosed, converse } from "./raw-http.ts";
import type { Target } from "./target.ts";
import { assertRefused, assertServed, attacks, startTarget } from "./target.ts";

const target = await startTarget({
  "server.max_body_size": "64kb",
  "server.rest.header_timeout": "1s",
  "server.rest.receive_timeout": "1s",
});

const login = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const health = "GET /health HTTP/1.1\r\nHost: a\r\n";
/** A second request on the connection: whoever can make the server serve it has smuggled it in. */
const smuggled = "GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\n\r\n";

/** Refused by one answer, which is the last one. */
const refused = (status: number, code: string, ...requests: readonly (string | Uint8Array)[]) =>
  [
    async ({ server }: Target) => {
      for (const request of requests) {
        const reply = await ask(server.ports.rest, request);
        assertRefused(reply, status, code);
        assert.equal(reply.headers.get("connection")?.toLowerCase(), "close");
      }
    },
  ][0] as (target: Target) => Promise<void>;

attacks(target, {
  "a request with two Host headers is refused": refused(
    400,
    "INVALID_ARGUMENT",
    `GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${smuggled}`,
  ),

  "a request without Host, or with a malformed one, is refused": refused(
    400,
    "INVALID_ARGUMENT",
    "GET /health HTTP/1.1\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: user@a\r\n\r\n",
  ),

  "HTTP/1.0 needs no Host, and has no Transfer-Encoding": async ({ server: { ports } }) => {
    const reply = await ask(ports.rest, "GET /health HTTP/1.0\r\n\r\n");
    assert.equal(reply.status, 200);
    const coded = await ask(ports.rest, `${login.replace("1.1", "1.0")}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`);
    assertRefused(coded, 400, "INVALID_ARGUMENT");
  },

  "versions that are not HTTP/1 are refused": refused(
    400,
    "INVALID_ARGUMENT",
    "GET /health HTTP/2.0\r\nHost: a\r\n\r\n",
    "GET /health HTTP/0.9\r\nHost: a\r\n\r\n",
    "GET /health HTTP/9.9\r\nHost: a\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ),

  "a length and a transfer coding together are refused, in either order": refused(
    400,
    "INVALID_ARGUMENT",
    `${login}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`,
    `${login}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ),

  "transfer codings that hide chunked are refused": refused(
    400,
    "INVALID_ARGUMENT",
    `${login}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${login}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
    `${login}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${login}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${login}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    `${login}X: a\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ),

  "a coding that is not understood is said to be so": refused(
    501,
    "NOT_IMPLEMENTED",
    `${login}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ),

  "lengths that are no lengths are refused": refused(
    400,
    "INVALID_ARGUMENT",
    ...["-1", "+2", "0x2", "2, 2", "2 2", "99999999999999999999999", "two"].map((length) => `${login}Content-Length: ${length}\r\n\r\n{}`),
    `${login}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
    `${login}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
  ),

  "chunks that are none are refused": refused(
    400,
    "INVALID_ARGUMENT",
    `${login}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `${login}Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx`,
    `${login}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n`,
    `${login}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n`,
    `${login}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n`,
  ),

  "trailers set no headers": async ({ server: { ports }, victim }) => {
    const trailer = `2\r\n{}\r\n0\r\nAuthorization: Bearer ${victim.token}\r\n\r\n`;
    const logout = "POST /api/v1/auth/logout HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n";
    assertRefused(await ask(ports.rest, `${logout}Transfer-Encoding: chunked\r\n\r\n${trailer}`), 401, "UNAUTHORIZED");
  },

  "head lines that are none are refused": refused(
    400,
    "INVALID_ARGUMENT",
    `${health}X-A: b\r\n folded\r\n\r\n`,
    `${health}X-A\r\n\r\n`,
    `${health}X-A: a\0b\r\n\r\n`,
    `${health}X A: b\r\n\r\n`,
    "GET /health HTTP/1.1\nHost: a\n\n",
    "GET /health HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
    "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "BREW /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  ),

  "a head that is too large is refused, whatever makes it so": refused(
    431,
    "HEADERS_TOO_LARGE",
    `${health}X-A: ${"a".repeat(70_000)}\r\n\r\n`,
    `${health}${Array.from({ length: 5000 }, (_, index) => `X-${index}: 1\r\n`).join("")}\r\n`,
    `GET /${"a".repeat(70_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ),

  "a body that is too large is refused, announced or chunked, and no more of it is read": refused(
    413,
    "PAYLOAD_TOO_LARGE",
    `${login}Content-Length: 70000\r\n\r\n`,
    `${login}Transfer-Encoding: chunked\r\n\r\n${`1000\r\n${"a".repeat(4096)}\r\n`.repeat(20)}`,
    `${login}Transfer-Encoding: chunked\r\n\r\n2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  ),

  "CONNECT makes no tunnel": async ({ server: { ports } }) => {
    assertRefused(await ask(ports.rest, "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n"), 501, "NOT_IMPLEMENTED");
  },

  "an upgrade that nobody offered is passed over": async ({ server: { ports } }) => {
    const upgrade = "Upgrade: websocket\r\nConnection: upgrade, close\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    assert.equal((await ask(ports.rest, `${health}${upgrade}`)).status, 200);
  },

  "what follows a body that is no JSON is a request of its own, and no part of the first": async ({ server: { ports } }) => {
    const replies = await converse(ports.rest, `${login}Content-Length: 1\r\n\r\n{${health}Connection: close\r\n\r\n`);
    const [first, second] = replies;
    assert.ok(first !== undefined);
    assertRefused(first, 400, "INVALID_JSON");
    assert.ok(replies.length === 1 || (replies.length === 2 && second?.status === 200));
  },

  "a target with a host of its own is served by its path": async ({ server: { ports } }) => {
    const reply = await ask(ports.rest, "GET http://elsewhere.example/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert.equal(reply.status, 200);
  },

  "an operation over Connect is answered also where the host is no address": async ({ server: { ports } }) => {
    const call = "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    const path = "/arcana.auth.v1.AuthService/Login";
    for (const head of [
      `POST ${path} HTTP/1.1\r\nHost: a:99999\r\n`,
      `POST ${path} HTTP/1.1\r\nHost: \r\n`,
      `POST ${path} HTTP/1.0\r\n`,
      `POST http://a:99999${path} HTTP/1.1\r\nHost: a\r\n`,
    ]) {
      assertRefused(await ask(ports.rest, `${head}${call}`), 400, "INVALID_ARGUMENT");
    }
  },

  "who is slow with the head or the body is told so, and cut": async ({ server: { ports } }) => {
    const started = performance.now();
    const replies = await Promise.all([
      ask(ports.rest, "GET /health HTTP/1.1\r\nHost: a\r\n"),
      ask(ports.rest, "GET /health\r\n"),
      ask(ports.rest, `${login}Content-Length: 100\r\n\r\n{`),
      ask(ports.rest, `${login}Transfer-Encoding: chunked\r\n\r\n1\r\n{`),
    ]);
    for (const reply of replies) assertRefused(reply, 408, "REQUEST_TIMEOUT");
    assert.ok(performance.now() - started < 4000);
  },

  "who says nothing at all is cut": async ({ server: { ports } }) => {
    assert.match((await bytesUntilClosed(ports.rest, [])).toString("latin1"), /^(?:HTTP\/1\.1 408 |$)/);
  },

  "connections that were left in the middle cost nothing": async (target) => {
    const { ports } = target.server;
    const sockets = await Promise.all(
      Array.from(
        { length: 200 },
        (_, index) =>
          new Promise<ReturnType<typeof connect>>((resolve, reject) => {
            const socket = connect(ports.rest, "127.0.0.1", () => {
              socket.write(index % 2 === 0 ? "GET /health HT" : `${login}Content-Length: 60000\r\n\r\n{`);
              resolve(socket);
            }).on("error", reject);
          }),
      ),
    );
    await assertServed(target);
    for (const socket of sockets) socket.resetAndDestroy();
    assert.ok(process.memoryUsage().rss < 512 * 1024 * 1024);
  },
});
