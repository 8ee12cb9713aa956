/** One of the processes that share the work, as the application in it sees itself and its siblings. */
export interface Worker {
  /** From 1 to {@link count}. A worker that takes a dead one's place takes its number. */
  readonly number: number;
  readonly count: number;
  /**
   * Offers this worker's share of a topic, and returns what gathers the shares of all workers, this one's among them.
   * A worker that is starting, stopping, or does not answer within two seconds is left out. Shares are plain data.
   */
  share<T>(topic: string, read: () => T | Promise<T>): () => Promise<readonly T[]>;
}

/** The worker of a process that does all the work itself. */
export function soleWorker(): Worker {
  return { number: 1, count: 1, share: (_topic, read) => async () => [await read()] };
}
