import { hasReason } from "./has-reason.ts";

const maxAttempts = 3;

/**
 * Reads, decides and writes once more where another write came in between.
 *
 * @throws CONFLICT after three attempts, and whatever else `work` throws.
 */
export async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === maxAttempts || !hasReason(error, "CONFLICT")) throw error;
    }
  }
}
