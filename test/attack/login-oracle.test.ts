// What a login must not tell: whether there is such a user.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "./raw-http.ts";
import { startTarget } from "./target.ts";

const target = await startTarget({
  "security.argon2.memory_kib": "8192",
  "security.argon2.time": "2",
  "security.login.account_free_attempts": "100000",
});
const { server, victim } = target;

function login(name: string, password: string) {
  const body = JSON.stringify({ username_or_email: name, password });
  const head = `POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return ask(server.ports.rest, head, body);
}

test("an unknown user and a wrong password get the same answer but for its id", async () => {
  const answers = await Promise.all([login("nobody-at-all", "wrong password"), login(victim.username, "wrong password")]);
  const [unknown, wrong] = answers.map(({ status, headers, body }) => {
    const { error } = JSON.parse(body) as { error: { trace_id?: string } };
    delete error.trace_id;
    const kept = [...headers].filter(([name]) => !["x-request-id", "date", "content-length"].includes(name));
    return { status, headers: kept, error, length: body.length };
  });
  assert.equal(unknown?.status, 401);
  assert.deepEqual(unknown?.error, wrong?.error);
  assert.deepEqual(unknown?.headers, wrong?.headers);
});

test("an unknown user and a wrong password take the same time", async () => {
  const kinds = {
    unknown: (round: number) => login(`nobody-${round}`, "wrong password"),
    "unknown address": (round: number) => login(`nobody-${round}@example.com`, "wrong password"),
    wrong: () => login(victim.username, "wrong password"),
    "wrong by address": () => login(victim.email, "wrong password"),
  } as const;
  const times = new Map<string, number[]>(Object.keys(kinds).map((kind) => [kind, []]));
  // In turn, so that whatever else the machine does meets all of them.
  for (let round = 0; round < 25; round++) {
    for (const [kind, attempt] of Object.entries(kinds)) {
      const started = performance.now();
      assert.equal((await attempt(round)).status, 401);
      times.get(kind)?.push(performance.now() - started);
    }
  }
  const medians = [...times.values()].map(median);
  // The hash takes most of it: without it one would be a small part of the other.
  assert.ok(Math.max(...medians) / Math.min(...medians) < 1.6, `the medians are ${medians.map((ms) => ms.toFixed(2)).join(", ")} ms`);
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
