/**
 * Bodies over HTTP/1.1 of which an adapter has read a part before it refused them. Who stops in the middle of reading ends the
 * request, and Node then waits on its connection for somebody to read on: until the request's time is over it serves nothing
 * more, and holds up the stop of the server. So reading never ends the request, and what is left is discarded after the answer.
 */
import type { IncomingMessage } from "node:http";

/** The same body; to stop reading it does nothing. */
export function unendingBody<T>(body: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = body[Symbol.asyncIterator]();
      return { next: () => iterator.next() };
    },
  };
}

/** To be called when the answer is out. Node does the same by itself, but only with what nobody has begun to read. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  // As long as somebody waits to read, nothing flows.
  request.removeAllListeners("readable");
  request.on("data", () => {}).resume();
}
