#!/usr/bin/env node
// Starts `arcana` from source with the Node that the project pins, whichever Node runs this file (20 or newer).
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const leastMajor = 26;

const main = fileURLToPath(new URL("main.js", import.meta.url));
const words = ["--conditions=@arcana/source", main, ...process.argv.slice(2)];
const node = findNode();

if (typeof process.execve === "function") {
  // The process becomes the other one: signals, exit code and terminal are its own.
  process.execve(node, [node, ...words], process.env);
} else {
  run(node);
}

/** The pinned Node, or this one where it is new enough. */
function findNode() {
  try {
    const pinned = join(
      dirname(createRequire(import.meta.url).resolve("node/package.json")),
      "bin",
      process.platform === "win32" ? "node.exe" : "node",
    );
    if (existsSync(pinned)) return pinned;
  } catch {
    // Not installed: a production image brings its own Node.
  }
  if (Number.parseInt(process.versions.node, 10) >= leastMajor) return process.execPath;
  console.error(`arcana: Node ${leastMajor} or newer is needed, and this is ${process.versions.node}; run npm ci, which installs it`);
  process.exit(1);
}

function run(executable) {
  const child = spawn(executable, words, { stdio: "inherit" });
  // On a terminal Ctrl-C reaches the child by itself, and a second one would end it at once.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`arcana: ${executable} cannot be run: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
