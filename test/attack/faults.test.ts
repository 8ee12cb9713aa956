// Faults of the server itself, provoked beneath it: clients learn that there was one, operators learn which, and nobody learns a secret.
import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { UserService } from "../../apps/cloud/src/gen/arcana/user/v1/user_pb.ts";
import type { Failure } from "../behaviour/ways.ts";
import { expectData, expectError, goodPassword, worldOf } from "../behaviour/world.ts";
import { assertNoSecrets, assertNothingInside } from "./discretion.ts";
import { ask } from "./raw-http.ts";
import type { Target } from "./target.ts";
import { assertRefused, startTarget } from "./target.ts";

const auth = AuthService.method;
const folder = mkdtempSync(join(tmpdir(), "arcana-faults-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function startOn(file: string): Promise<Target & { readonly file: string }> {
  const path = join(folder, file);
  const target = await startTarget({ "database.url": `sqlite://${path}`, "database.busy_timeout": "50ms" });
  return { ...target, file: path };
}

/** What a login, a registration and a reading of sessions fail with, over each protocol. */
async function failures({ server, victim, secrets }: Target): Promise<readonly Failure[]> {
  const password = "hunter2 in the middle of a fault";
  secrets.push(password);
  const found: Failure[] = [];
  for (const way of server.ways) {
    found.push(
      expectError(await way.call(auth.login, { usernameOrEmail: victim.username, password: goodPassword })),
      expectError(await way.call(auth.login, { usernameOrEmail: victim.username, password })),
      expectError(await way.call(auth.register, { email: `new-${way.name}@example.com`, password })),
      expectError(await way.call(auth.refreshToken, { refreshToken: victim.refreshToken })),
      expectError(await way.call(auth.listSessions, {}, { token: victim.token })),
    );
  }
  return found;
}

function only(found: readonly Failure[]): Failure {
  const [first] = found;
  assert.ok(first !== undefined);
  for (const failure of found) {
    assert.deepEqual(failure, first);
    assertNothingInside(failure.message);
  }
  return first;
}

test("a fault is INTERNAL_ERROR over every protocol, its cause in the log alone, under the id that the client was given", async () => {
  const target = await startOn("no-tables.db");
  const database = new DatabaseSync(target.file);
  database.exec("DROP TABLE login_attempts; ALTER TABLE oauth_tokens RENAME TO elsewhere; ALTER TABLE users RENAME TO nowhere");
  database.close();

  const failure = only(await failures(target));
  assert.deepEqual([failure.code, failure.reason, failure.message], ["INTERNAL_ERROR", "INTERNAL_ERROR", "internal error"]);

  const body = JSON.stringify({ username_or_email: "a", password: "b" });
  const head = `POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const { trace_id } = assertRefused(await ask(target.server.ports.rest, head, body), 500, "INTERNAL_ERROR");
  const lines = target.server.entries.filter((entry) => entry.trace_id === trace_id && entry.level === "error");
  assert.equal(lines.length, 1, "a fault is logged once");
  assert.match(JSON.stringify(lines[0]), /no such table/);
  assertNoSecrets(target.server.entries, target.secrets);
  assert.equal((await fetch(`http://127.0.0.1:${target.server.ports.rest}/health`)).status, 200);
});

test("a database that another process holds is UNAVAILABLE, and all is well when it lets go", async () => {
  const target = await startOn("locked.db");
  const holder = new DatabaseSync(target.file);
  holder.exec("BEGIN IMMEDIATE");
  const { server, victim, secrets } = target;
  for (const way of server.ways) {
    const failure = expectError(await way.call(auth.login, { usernameOrEmail: victim.username, password: goodPassword }));
    assert.deepEqual([failure.code, failure.reason], ["UNAVAILABLE", "UNAVAILABLE"]);
    assertNothingInside(failure.message);
    // What only reads does not wait for who writes.
    expectData(await way.call(auth.getCurrentUser, {}, { token: victim.token }));
  }
  const body = JSON.stringify({ username_or_email: victim.username, password: goodPassword });
  const head = `POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const reply = await ask(server.ports.rest, head, body);
  assertRefused(reply, 503, "UNAVAILABLE");
  assert.match(reply.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  holder.exec("ROLLBACK");
  holder.close();
  for (const way of server.ways) {
    expectData(await way.call(auth.login, { usernameOrEmail: victim.username, password: goodPassword }));
  }
  assertNoSecrets(server.entries, secrets);
});

test("a database file that is destroyed beneath the server takes neither the process nor a secret with it", async () => {
  const target = await startOn("destroyed.db");
  const { server, secrets, file } = target;
  for (const name of [file, `${file}-wal`]) {
    const descriptor = openSync(name, "r+");
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, "this is no database any more. ".repeat(1000));
    closeSync(descriptor);
  }
  for (const failure of await failures(target)) {
    assert.ok(["UNAVAILABLE", "INTERNAL_ERROR"].includes(failure.code), failure.code);
    assertNothingInside(failure.message);
  }
  assertNoSecrets(server.entries, secrets);
  const health = await fetch(`http://127.0.0.1:${server.ports.rest}/live`);
  assert.equal(health.status, 200);
});

test("neither registration, login, refresh, a change of password nor a logout write a secret into the log", async () => {
  const target = await startOn("quiet.db");
  const { server, secrets } = target;
  for (const way of server.ways) {
    const world = worldOf(way, server.root);
    const person = await world.register({ password: "hunter2 of a person" });
    const wrong = `hunter2 mistyped over ${way.name}`;
    expectError(await way.call(auth.login, { usernameOrEmail: person.username, password: wrong }));
    // A password in the field of the name, which happens.
    const asName = `hunter2asname${way.name.replace("-", "")}`;
    expectError(await way.call(auth.login, { usernameOrEmail: asName, password: wrong }));
    const fresh = expectData(await way.call(auth.refreshToken, { refreshToken: person.refreshToken }));
    const token = String(fresh.access_token);
    const changed = "hunter2 of a person, changed";
    expectError(
      await way.call(UserService.method.changePassword, { userId: person.id, currentPassword: wrong, newPassword: changed }, { token }),
    );
    expectData(
      await way.call(
        UserService.method.changePassword,
        { userId: person.id, currentPassword: person.password, newPassword: changed },
        { token },
      ),
    );
    expectData(await way.call(auth.logout, {}, { token }));
    secrets.push(person.password, changed, wrong, asName, person.token, person.refreshToken, token, String(fresh.refresh_token));
  }
  assert.ok(server.entries.length > 20);
  assertNoSecrets(server.entries, secrets);
});
