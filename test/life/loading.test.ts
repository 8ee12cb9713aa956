/** What a start loads before it listens: each of these would cost it time and memory, and nothing needs it before a request comes. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { environmentIn, scratch, startServer } from "./process.ts";

interface Load {
  readonly url: string;
  readonly atMs: number;
  readonly undici: boolean;
}

const hook = pathToFileURL(join(import.meta.dirname, "record-loads.mjs")).href;

/** Loaded after listening, by the warm-up. */
const warm = ["/kysely/", "/@bufbuild/protovalidate/dist/esm/validator.js", "/@node-rs/argon2/"];
/** Loaded by the first who needs it. */
const lazy = ["/@connectrpc/", "/ajv/", "/fast-json-stringify/index", "/jose/", "/pino-pretty/", "/rpc/openapi/document.ts"];

test("a start with nothing to migrate listens before it loads what only requests need", async () => {
  using space = scratch();
  const file = join(space.folder, "loads.jsonl");
  const environment = environmentIn(space.folder, { NODE_OPTIONS: `--import=${hook}`, LOADS_FILE: file });
  await (await startServer(environment))[Symbol.asyncDispose]();
  rmSync(file);
  await using server = await startServer(environment);
  const { time } = await server.line(({ msg, server: name }) => msg === "listening" && name === "http");
  const loads = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Load);
  const before = loads.filter(({ atMs }) => atMs < Date.parse(String(time)));
  const found = (part: string, among: readonly Load[]) => among.some(({ url }) => url.includes(part));
  assert.ok(found("/fastify/", before));
  assert.deepEqual(
    [...warm, ...lazy].filter((part) => found(part, before)),
    [],
  );
  assert.deepEqual(
    warm.filter((part) => !found(part, loads)),
    [],
    "the warm-up has loaded these by the time that the server is ready",
  );
  assert.deepEqual(
    lazy.filter((part) => found(part, loads)),
    [],
  );
  assert.ok(!loads.some(({ undici }) => undici), "nothing has touched fetch, Headers or node:http's exports as an ES module");
});
