// What limits who does too much, as it is told over REST. Where clients are is what a proxy says of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestServer } from "./server.ts";
import { startServer } from "./server.ts";

const password = "correct horse battery";
const home = "203.0.113.1";
const behindProxy = { "server.trusted_proxies": "127.0.0.1" };

interface Answer {
  readonly status: number;
  readonly code: string;
  /** NaN: it was not said. */
  readonly retryAfterSecs: number;
  readonly refreshToken: string;
}

async function post({ ports }: TestServer, path: string, body: unknown, from = home): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${ports.rest}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify(body),
  });
  const { data, error } = (await response.json()) as { data?: { refresh_token: string }; error?: { code: string } };
  const retryAfterSecs = Number(response.headers.get("retry-after") ?? Number.NaN);
  return { status: response.status, code: error?.code ?? "ok", retryAfterSecs, refreshToken: data?.refresh_token ?? "" };
}

const register = (server: TestServer, username: string, from?: string) =>
  post(server, "/api/v1/auth/register", { username, email: `${username}@example.com`, password }, from);

test("who guesses from many addresses does not shut the owner out at home", async () => {
  await using server = await startServer({ ...behindProxy, "security.login.account_free_attempts": "3" });
  const login = (secret: string, from: string) =>
    post(server, "/api/v1/auth/login", { username_or_email: "ann", password: secret }, from).then(({ code }) => code);
  await register(server, "ann");
  const guesses: string[] = [];
  for (let host = 2; host < 10; host++) guesses.push(await login("wrong", `198.51.100.${host}`));
  assert.equal(guesses.at(-1), "RATE_LIMIT_EXCEEDED");
  assert.equal(await login(password, "198.51.100.99"), "RATE_LIMIT_EXCEEDED");
  assert.equal(await login(password, home), "ok");
});

test("registrations from one address have to wait after the free ones, taken names among them", async () => {
  await using server = await startServer({
    ...behindProxy,
    "security.registration.free_attempts": "2",
    "security.registration.base_delay": "1m",
  });
  const codes: string[] = [];
  for (const username of ["ann", "ann", "bob"]) codes.push((await register(server, username)).code);
  assert.deepEqual(codes, ["ok", "CONFLICT", "ok"]);
  const late = await register(server, "eve");
  assert.deepEqual([late.status, late.code], [429, "RATE_LIMIT_EXCEEDED"]);
  assert.ok(late.retryAfterSecs > 50 && late.retryAfterSecs <= 60, `${late.retryAfterSecs} s`);
  assert.equal((await register(server, "eve", "198.51.100.2")).code, "ok");
});

test("a session that is refreshed without end has to wait, and goes on afterwards", async () => {
  await using server = await startServer({ ...behindProxy, "security.refresh.free_attempts": "2", "security.refresh.base_delay": "200ms" });
  const refresh = (token: string) => post(server, "/api/v1/auth/refresh", { refresh_token: token });
  let { refreshToken } = await register(server, "ann");
  for (let count = 0; count < 3; count++) ({ refreshToken } = await refresh(refreshToken));
  const refused = await refresh(refreshToken);
  assert.deepEqual([refused.status, refused.code, refused.retryAfterSecs], [429, "RATE_LIMIT_EXCEEDED", 1]);
  let again = refused;
  for (const since = Date.now(); again.code !== "ok" && Date.now() - since < 5000; ) again = await refresh(refreshToken);
  assert.equal(again.code, "ok");
});
