/**
 * When output goes to the sockets: once in each turn of the event loop, after all that came in with it has been answered, for all connections that have
 * something to say. `setImmediate` runs behind the sockets' events and what promises follow from them, so answers of asynchronous
 * handlers are in the same write as those of synchronous ones.
 */

export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];

/** The caller asks once; it may ask again when it has been flushed. */
export function scheduleFlush(output: Flushable): void {
  if (waiting.push(output) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const outputs = waiting;
  waiting = [];
  for (const output of outputs) output.flush();
}
