/** Rows a statement: the databases bound the parameters of one, and a long one would hold up everybody else. */
const BATCH_SIZE = 500;

export function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH_SIZE) yield items.slice(start, start + BATCH_SIZE);
}

/** Removes a batch at a time, so that others get their turn in between; returns how many were removed. */
export async function inBatches(removeBatch: (size: number) => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const removed = await removeBatch(BATCH_SIZE);
    total += removed;
    if (removed < BATCH_SIZE) return total;
    await new Promise(setImmediate);
  }
}
