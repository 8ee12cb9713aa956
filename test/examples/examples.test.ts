// The examples are programs of their own: each runs as a reader would run it, against a server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startServer } from "../behaviour/server.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../examples");

test("the gRPC client registers, logs in, reads itself and logs out", async () => {
  await using server = await startServer();
  const words = ["--conditions=@arcana/source", join(folder, "grpc-client.ts"), `http://127.0.0.1:${server.ports.grpc}`];
  const { stdout } = await run(process.execPath, words);
  assert.match(stdout, /^logged in as \S+ \(Ada Lovelace\)\nlogged out everywhere\n$/);
});
