/** Writes many lines at once and ends in the way that the argument names. Run as a child by the tests of the logger. */
import { createLogger } from "../logger.ts";

const [way, lines] = process.argv.slice(2);
const log = createLogger({ format: "json" });
for (let line = 1; line <= Number(lines); line++) log.info({ line }, "x".repeat(100));
if (way === "exit") process.exit(3);
if (way === "throw") throw new Error("nobody catches this");
if (way === "flush") {
  await log.flush();
  // What was flushed cannot be lost any more, whatever happens.
  process.kill(process.pid, "SIGKILL");
}
