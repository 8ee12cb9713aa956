import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type CollectGarbage = (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;

/**
 * Hands back to the system what a start has used and needs no more: loading modules drives V8's young generation to its
 * largest size, and V8 keeps it, a quarter of a small server's memory, until it is pressed for memory. Under load it grows
 * again. Takes 50 to 150 ms, in which nothing else runs: for the moment between loading and being ready.
 */
export function releaseMemory(): void {
  // The function is only made in a context that begins while the flag is set. The flag does not stay: it would change what
  // the compile cache is keyed by.
  setFlagsFromString("--expose-gc");
  try {
    const collectGarbage = runInNewContext("gc") as CollectGarbage;
    collectGarbage({ type: "major", flavor: "last-resort" });
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
