/** What workers tell each other by way of the supervisor: the worker's side. */
import type { Logger } from "../telemetry/log.ts";
import type { Worker } from "./worker.ts";
import type { FromSupervisor, FromWorker } from "./worker-messages.ts";

export interface Shares extends Pick<Worker, "share"> {
  receive(message: Extract<FromSupervisor, { arcana: "ask" | "gathered" }>): void;
}

/** The supervisor answers sooner, with what it has; this is for when it does not answer at all. */
const gatherTimeoutMs = 3000;

export function createShares({ log, send }: { log: Logger; send: (message: FromWorker) => Promise<void> }): Shares {
  const readers = new Map<string, () => unknown>();
  const gathering = new Map<number, (shares: readonly unknown[]) => void>();
  let lastId = 0;

  const answer = async (id: number, topic: string): Promise<void> => {
    const read = readers.get(topic);
    try {
      await send({ arcana: "answer", id, shares: read === undefined ? [] : [await read()] });
    } catch (error) {
      log.warn({ topic, err: error }, "a share could not be read");
      await send({ arcana: "answer", id, shares: [] });
    }
  };

  const gather = async (topic: string): Promise<readonly unknown[]> => {
    const id = ++lastId;
    const { promise, resolve } = Promise.withResolvers<readonly unknown[]>();
    gathering.set(id, resolve);
    const timer = setTimeout(() => resolve([]), gatherTimeoutMs);
    await send({ arcana: "gather", id, topic });
    const shares = await promise;
    clearTimeout(timer);
    gathering.delete(id);
    return shares;
  };

  return {
    share<T>(topic: string, read: () => T | Promise<T>) {
      if (readers.has(topic)) throw new TypeError(`there is a share ${topic} already`);
      readers.set(topic, read);
      return async () => {
        const shares = (await gather(topic)) as readonly T[];
        return shares.length > 0 ? shares : [await read()];
      };
    },
    receive(message) {
      if (message.arcana === "ask") void answer(message.id, message.topic);
      else gathering.get(message.id)?.(message.shares);
    },
  };
}
