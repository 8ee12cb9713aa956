// Preloaded into a server under test: notes each module that is loaded, and when, in the file that LOADS_FILE names.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

const file = process.env.LOADS_FILE ?? "";

registerHooks({
  load(url, context, next) {
    appendFileSync(file, `${JSON.stringify({ url, atMs: Date.now(), undici: process.moduleLoadList.some(isUndici) })}\n`);
    return next(url, context);
  },
});

function isUndici(name) {
  return name.endsWith("undici/undici");
}
