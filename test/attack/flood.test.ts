// More logins at once than there are cores for their hashes: the rest are turned away at once, and all else is served.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { expectError } from "../behaviour/world.ts";
import { assertServed, startTarget } from "./target.ts";

const queueLimit = 3;
const target = await startTarget({
  "security.argon2.memory_kib": "19456",
  "security.argon2.time": "12",
  "security.argon2.concurrency": "1",
  "security.argon2.queue_limit": String(queueLimit),
});
const { server } = target;
const restUrl = `http://127.0.0.1:${server.ports.rest}`;

/** Somebody unknown each time, so that it is the queue that refuses and not the throttle. */
async function login(attempt: string): Promise<Response> {
  return fetch(`${restUrl}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username_or_email: `nobody-${attempt}`, password: "not the password" }),
  });
}

test("a flood of logins is refused with 503 beyond the queue, and /health is served meanwhile", async () => {
  const before = process.memoryUsage().rss;
  let flooding = true;
  const flood = Promise.all(Array.from({ length: 200 }, (_, index) => login(`rest-${index}`))).finally(() => {
    flooding = false;
  });
  let served = 0;
  while (flooding) {
    assert.equal((await fetch(`${restUrl}/health`)).status, 200);
    served++;
  }
  const answers = await flood;
  const refused = answers.filter(({ status }) => status === 503);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401, 503]));
  assert.ok(answers.length - refused.length >= queueLimit + 1, "whoever finds a place in the queue is served");
  for (const answer of refused) {
    assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    const { error } = (await answer.json()) as { error: { code: string; reason?: string } };
    assert.equal(error.code, "UNAVAILABLE");
  }
  assert.ok(served > 0);
  // Two hundred hashes at once would be four gigabytes.
  assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
  await assertServed(target);
});

test("over every protocol a full queue is the same error, with the time to come back", async () => {
  for (const way of server.ways) {
    const attempts = Array.from({ length: queueLimit + 8 }, (_, index) =>
      way.call(AuthService.method.login, { usernameOrEmail: `nobody-${way.name}-${index}`, password: "not the password" }),
    );
    const reasons = (await Promise.all(attempts)).map((outcome) => expectError(outcome).reason);
    assert.deepEqual(new Set(reasons), new Set(["OVERLOADED", "INVALID_CREDENTIALS"]), way.name);
  }
});

/** The value of a metric with these labels, 0 where there is none yet. */
async function metric(name: string, ...labels: readonly string[]): Promise<number> {
  const text = await (await fetch(`${restUrl}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(name) && labels.every((label) => each.includes(label)));
  return Number(line?.split(" ").at(-1) ?? 0);
}

test("who hangs up gives the place in the queue back", async () => {
  const leaving = new AbortController();
  const waiting = Array.from({ length: 30 }, (_, index) =>
    fetch(`${restUrl}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username_or_email: `nobody-leaving-${index}`, password: "not the password" }),
      signal: leaving.signal,
    }).catch(() => undefined),
  );
  // When the first one is turned away the queue is full.
  await Promise.any(waiting.map(async (answer) => assert.equal((await answer)?.status, 503)));
  leaving.abort();
  await Promise.all(waiting);
  while ((await metric("arcana_rpc_in_flight", 'protocol="rest"')) > 0);
  // Had the queue been worked off, nothing would have been canceled. On a busy machine some get their turn meanwhile.
  const canceled = await metric("arcana_rpc_requests_total", 'method="Login"', 'protocol="rest"', 'code="canceled"');
  assert.ok(canceled >= 1, `${canceled} were canceled`);
  assert.equal(await metric("arcana_password_hashes_waiting"), 0);
});
