/** Writes 5000 lines and ends at once, in the way that the argument names. Run as a child by the tests of the logger. */
import { createLogger } from "../logger.ts";

const log = createLogger({ format: "json" });
for (let line = 1; line <= 5000; line++) log.info({ line }, "x".repeat(100));
if (process.argv[2] === "exit") process.exit(3);
if (process.argv[2] === "throw") throw new Error("nobody catches this");
if (process.argv[2] === "flush") {
  await log.flush();
  // Nothing written can be lost any more, whatever happens.
  process.kill(process.pid, "SIGKILL");
}
