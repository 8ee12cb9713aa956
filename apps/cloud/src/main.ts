/** Hands the process to the command line. `bin/main.js` runs it with the compile cache on. */
import { runCli } from "./cli/cli.ts";
import { operations } from "./cli/wiring.ts";

// The one place that hands the process's environment on; the configuration's loader reads it.
const streams = { input: () => process.stdin, output: process.stdout, errors: process.stderr, environment: process.env };
process.exitCode = await runCli(process.argv.slice(2), streams, operations);
