// The server under attack, and a victim that must be served whatever the attacker does.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import type { TestServer } from "../behaviour/server.ts";
import { startServer } from "../behaviour/server.ts";
import type { Person } from "../behaviour/world.ts";
import { expectData, goodPassword, worldOf } from "../behaviour/world.ts";
import { assertNoFaults, assertNoSecrets, assertNothingInside } from "./discretion.ts";
import type { Reply } from "./raw-http.ts";

export interface Target {
  readonly server: TestServer;
  readonly victim: Person;
  /** What attackers send and no log may hold. */
  readonly secrets: string[];
}

export async function startTarget(overrides: Readonly<Record<string, string>> = {}): Promise<Target> {
  const server = await startServer(overrides);
  after(() => server[Symbol.asyncDispose]());
  const [way] = server.ways;
  if (way === undefined) throw new Error("there is no way in");
  const victim = await worldOf(way, server.root).register();
  return { server, victim, secrets: [goodPassword, victim.token, victim.refreshToken] };
}

/** Runs each attack as a test: the victim is served after it over every protocol, and nothing is given away in the log. */
export function attacks(target: Target, cases: Readonly<Record<string, (target: Target) => Promise<void>>>): void {
  for (const [name, attack] of Object.entries(cases)) {
    test(name, async () => {
      await attack(target);
      await assertServed(target);
      assertQuiet(target);
    });
  }
}

export async function assertServed({ server, victim }: Target): Promise<void> {
  for (const way of server.ways) {
    const { user } = expectData(await way.call(AuthService.method.getCurrentUser, {}, { token: victim.token }));
    assert.equal((user as { id: string }).id, victim.id, `the victim is not served over ${way.name}`);
  }
}

function assertQuiet({ server: { entries }, secrets }: Target): void {
  assertNoSecrets(entries, secrets);
  assertNoFaults(entries);
}

export interface EnvelopeError {
  readonly code: string;
  readonly message: string;
  readonly trace_id: string;
  readonly details?: readonly { readonly field?: string; readonly message: string; readonly code: string }[];
}

/** The error of the answer, which must have the form that all have. */
export function errorOf(reply: Reply): EnvelopeError {
  assertNothingInside(reply.body);
  assert.equal(reply.headers.get("content-type"), "application/json; charset=utf-8");
  assert.equal(reply.headers.get("cache-control"), "no-store");
  assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
  const { success, error } = JSON.parse(reply.body) as { success: boolean; error: EnvelopeError };
  assert.equal(success, false);
  assert.deepEqual(
    Object.keys(error).filter((key) => !["code", "reason", "message", "details", "trace_id"].includes(key)),
    [],
  );
  assert.notEqual(error.message, "");
  assert.equal(error.trace_id, reply.headers.get("x-request-id"));
  return error;
}

/** Asserts the status and the public code. */
export function assertRefused(reply: Reply, status: number, code: string): EnvelopeError {
  const error = errorOf(reply);
  assert.deepEqual([reply.status, error.code], [status, code]);
  return error;
}
