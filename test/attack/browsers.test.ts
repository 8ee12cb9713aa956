// Pages of other sites, and what the metrics tell.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "./raw-http.ts";
import { assertRefused, startTarget } from "./target.ts";

const friendly = "https://app.example.com";
const closed = await startTarget();
const open = await startTarget({
  "server.cors_origins": friendly,
  "observability.metrics_loopback_only": "true",
});

function request(port: number, method: string, path: string, headers: Readonly<Record<string, string>>) {
  const lines = Object.entries({ host: "a", connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return ask(port, `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

const preflight = { "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" };
const strangers = [
  "https://evil.example",
  "null",
  "http://app.example.com",
  `${friendly}.evil.example`,
  `${friendly}:444`,
  "https://APP.example.com.",
  "*",
];

test("without configured origins no page may call", async () => {
  for (const path of ["/api/v1/auth/login", "/arcana.auth.v1.AuthService/Login", "/health"]) {
    for (const origin of [friendly, "https://evil.example", "null"]) {
      const asked = await request(closed.server.ports.rest, "OPTIONS", path, { origin, ...preflight });
      assert.equal(asked.headers.has("access-control-allow-origin"), false);
      const told = await request(closed.server.ports.rest, "GET", path, { origin });
      assert.equal(told.headers.has("access-control-allow-origin"), false);
    }
  }
});

test("the pages of configured origins may call, over REST and over Connect", async () => {
  for (const path of ["/api/v1/auth/login", "/arcana.auth.v1.AuthService/Login"]) {
    const { status, headers } = await request(open.server.ports.rest, "OPTIONS", path, { origin: friendly, ...preflight });
    assert.equal(status, 204);
    assert.equal(headers.get("access-control-allow-origin"), friendly);
    assert.match(headers.get("access-control-allow-headers") ?? "", /authorization/i);
    assert.match(headers.get("vary") ?? "", /origin/i);
    assert.equal(headers.has("access-control-allow-credentials"), false);
  }
  const refused = await request(open.server.ports.rest, "GET", "/api/v1/auth/me", { origin: friendly });
  assertRefused(refused, 401, "UNAUTHORIZED");
  assert.equal(refused.headers.get("access-control-allow-origin"), friendly, "a page may read why it was refused");
});

test("the pages of other origins may not, however alike they look", async () => {
  for (const origin of strangers) {
    const asked = await request(open.server.ports.rest, "OPTIONS", "/api/v1/auth/login", { origin, ...preflight });
    assert.notEqual(asked.headers.get("access-control-allow-origin"), origin, origin);
    assert.notEqual(asked.headers.get("access-control-allow-origin"), "*");
    const told = await request(open.server.ports.rest, "GET", "/health", { origin });
    assert.notEqual(told.headers.get("access-control-allow-origin"), origin, origin);
  }
});

test("a form of a page cannot call an operation that needs JSON", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const body = '{"username_or_email":"a","password":"b"}';
    const head = `POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\nconnection: close\r\norigin: https://evil.example\r\ncontent-type: ${type}\r\n`;
    assertRefused(await ask(open.server.ports.rest, `${head}content-length: ${body.length}\r\n\r\n${body}`), 415, "UNSUPPORTED_MEDIA_TYPE");
  }
});

test("metrics for this machine alone are served to it", async () => {
  assert.equal((await request(open.server.ports.rest, "GET", "/metrics", {})).status, 200);
});

test("metrics tell nothing of who called", async () => {
  const { body } = await request(open.server.ports.rest, "GET", "/metrics", {});
  assert.match(body, /arcana_rpc_requests_total/);
  for (const secret of [open.victim.username, open.victim.id, open.victim.email, "127.0.0.1", "/tmp/"]) {
    assert.ok(!body.includes(secret), secret);
  }
});
