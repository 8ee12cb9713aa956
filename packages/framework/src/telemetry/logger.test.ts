import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createLogger } from "./logger.ts";
import type { LogEntry } from "./memory-log.ts";
import { memoryLogger } from "./memory-log.ts";

test("a line is one JSON object with level, time, name, fields and message", () => {
  const lines: string[] = [];
  const log = createLogger({ format: "json", name: "arcana-cloud", destination: { write: (line) => lines.push(line) } });
  log.info({ port: 8080 }, "listening");
  const { time, pid, ...rest } = JSON.parse(lines[0] ?? "");
  assert.deepEqual(rest, { level: "info", name: "arcana-cloud", port: 8080, msg: "listening" });
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(pid, process.pid);
  assert.ok(lines[0]?.endsWith("\n"));
});

test("the level can be changed while children exist, and holds for them", () => {
  const { log, entries } = memoryLogger("info");
  const child = log.child({ part: "database" }).child({ table: "users" });
  child.debug("unheard");
  log.level = "debug";
  child.debug("heard");
  assert.ok(child.enabled("debug"));
  log.level = "silent";
  child.fatal("unheard");
  assert.ok(!child.enabled("fatal") && !log.enabled("silent"));
  assert.deepEqual(
    entries.map(({ msg, part, table }) => [msg, part, table]),
    [["heard", "database", "users"]],
  );
  assert.equal(log.level, "silent");
});

test("every line that is written within carries the fields, across waits and by other loggers; the line's own win", async () => {
  const { log, entries } = memoryLogger();
  const child = log.child({ part: "users" });
  await log.within({ request_id: "r1", token: "abc" }, () =>
    log.within({ user_id: "u1" }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      child.info("inside");
      log.info({ user_id: "u2" }, "own");
    }),
  );
  log.info("outside");
  assert.deepEqual(
    entries.map(({ request_id, user_id, token }) => [request_id, user_id, token]),
    [
      ["r1", "u1", "[redacted]"],
      ["r1", "u2", "[redacted]"],
      [undefined, undefined, undefined],
    ],
  );
});

test("secrets are masked in the fields of a line, of a child, of an error, and in the message", () => {
  const { log, entries } = memoryLogger();
  log.child({ session: { refresh_token: "s3cret" } }).info({ body: { user: { Password: "s3cret" } } }, "with Bearer s3cret.s3cret");
  log.error(Object.assign(new Error("failed at postgres://arcana:s3cret@db/x"), { parameters: ["s3cret"] }), "query failed");
  assert.equal(entries.length, 2);
  assert.ok(!JSON.stringify(entries).includes("s3cret"));
});

test("an error is told in the same way by itself and under err: its type, message, stack and causes", () => {
  const { log, entries } = memoryLogger();
  const error = new TypeError("broken", { cause: new RangeError("beneath") });
  log.error(error, "failed");
  log.error({ err: error }, "failed");
  for (const { err } of entries) {
    assert.partialDeepStrictEqual(err, { type: "TypeError", message: "broken", cause: { type: "RangeError", message: "beneath" } });
  }
  assert.deepEqual(entries[0]?.err, entries[1]?.err);
});

test("pretty lines are for people: no JSON, the fields behind the message", () => {
  const lines: string[] = [];
  const log = createLogger({ format: "pretty", destination: { write: (line) => lines.push(line) } });
  log.info({ port: 8080 }, "listening");
  assert.match(lines[0] ?? "", /INFO: listening \{"port":8080\}\n$/);
});

/** What the child wrote, read only once there is something to read. */
async function linesOf(way: string, lines: number): Promise<{ readonly written: readonly LogEntry[]; readonly code: unknown }> {
  const program = fileURLToPath(import.meta.resolve("./testing/ending.ts"));
  const args = ["--conditions=@arcana/source", program, way, String(lines)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("readable", resolve));
  const written = (await text(child.stdout)).trimEnd().split("\n");
  return { written: written.map((line) => JSON.parse(line) as LogEntry), code: await ended };
}

for (const [way, code] of [
  ["exit", 3],
  ["throw", 1],
  ["flush", null],
] as const) {
  test(`no line is lost or torn when the process ends by ${way}`, async () => {
    const { written, code: ended } = await linesOf(way, 5000);
    assert.equal(ended, code);
    const numbers = written.map(({ line }) => Number(line)).sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from({ length: 5000 }, (_, index) => index + 1),
    );
  });
}

test("what a slow reader leaves no room for is dropped, and how much is told", async () => {
  const { written } = await linesOf("flush", 60_000);
  const told = /(\d+) lines were dropped/.exec(written.at(-1)?.msg ?? "")?.[1];
  assert.ok(Number(told) > 0);
  assert.equal(written.length - 1 + Number(told), 60_000);
});
