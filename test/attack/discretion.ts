// What must never get out: the inside of the program in answers, and secrets in answers and logs.
import assert from "node:assert/strict";
import type { LogEntry } from "@arcana/framework/telemetry";

/** Stacks, paths, modules, SQL, tables, and the words of libraries. */
const insides =
  /\n\s+at |node_modules|node:internal|file:\/\/|\/src\/|\/tmp\/|\.[cm]?[jt]s\b|SQLITE|sqlite|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) |no such table|oauth_tokens|\$argon2|readMaxBytes|fastify|FST_ERR|\bHPE_|kysely|ConnectError|JWS|JWT[A-Z]/;

export function assertNothingInside(text: string): void {
  const found = insides.exec(text);
  assert.equal(found, null, `the answer tells of the inside: ${found?.[0]} in ${text.slice(0, 600)}`);
}

/** Tokens and hashes are known by their form; passwords must be named. */
const secretForms = /eyJ[\w-]{5,}\.[\w-]+\.|art_[\w-]{20,}|\$argon2|-----BEGIN/;

export function assertNoSecrets(entries: readonly LogEntry[], secrets: readonly string[]): void {
  for (const entry of entries) {
    const line = JSON.stringify(entry);
    assert.doesNotMatch(line, secretForms);
    for (const secret of secrets) assert.ok(!line.includes(secret), `the log holds the secret ${secret}: ${line.slice(0, 600)}`);
  }
}

/** Stacks and causes are for faults of the server alone: what clients do wrong must not fill the log with them. */
export function assertNoFaults(entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    assert.ok(!["error", "fatal"].includes(entry.level), `a fault was logged: ${JSON.stringify(entry).slice(0, 800)}`);
    assert.doesNotMatch(JSON.stringify(entry), /\\n\s+at /);
  }
}
