import type { EventEnvelope, EventPublisher } from "./event.ts";

/** Takes an event. What it throws is logged; the event is not delivered again. */
export type EventHandler = (event: EventEnvelope) => Promise<void> | void;

export interface EventBusOptions {
  /** Where failures of handlers and events without room are told. */
  readonly log: { error(fields: object, message: string): void };
  /** How many events may wait, those being handled among them. Default: 10 000. */
  readonly capacity?: number;
  /** How many aggregates are handled at once. Default: 16. */
  readonly concurrency?: number;
}

export interface EventBusCounts {
  /** Events that wait or are being handled. */
  readonly waiting: number;
  readonly delivered: number;
  /** Calls of handlers that threw. */
  readonly failed: number;
  readonly dropped: number;
}

export interface EventBus extends EventPublisher {
  /**
   * Has the handler called for each event of the type: an exact one such as `user.created`, a family such as `user.*`, or
   * `*`. Returns what ends it. @throws TypeError for another pattern.
   */
  subscribe(pattern: string, handler: EventHandler): () => void;
  /** Resolves when no event waits or is being handled, those published meanwhile among them. */
  drain(): Promise<void>;
  /** What happened so far: for metrics. */
  readonly counts: EventBusCounts;
}

/**
 * Delivers events within the process, at most once: what waits when the process dies is lost, and what must not be lost
 * goes through an outbox.
 *
 * Events of one aggregate are delivered in order, each when all handlers of the one before are done; different aggregates
 * side by side. Handlers run in a later turn than `publish`. Where there is no room, the newest events are dropped and
 * told to the log: waiting for room would let a slow listener stop every write, and a handler that publishes stop itself.
 */
export function createEventBus({ log, capacity = 10_000, concurrency = 16 }: EventBusOptions): EventBus {
  const subscriptions = new Set<{ readonly matches: (type: string) => boolean; readonly handler: EventHandler }>();
  /** By aggregate: its events in order, the first one being handled where the aggregate has its turn. */
  const lanes = new Map<string, EventEnvelope[]>();
  /** Aggregates that wait for their turn. */
  const queue: string[] = [];
  let running = 0;
  let idle = Promise.withResolvers<void>();
  const counts = { waiting: 0, delivered: 0, failed: 0, dropped: 0 };

  const enqueue = (event: EventEnvelope): void => {
    counts.waiting += 1;
    const lane = lanes.get(event.aggregateId);
    if (lane !== undefined) {
      lane.push(event);
      return;
    }
    lanes.set(event.aggregateId, [event]);
    queue.push(event.aggregateId);
    setImmediate(begin);
  };

  const begin = (): void => {
    while (running < concurrency) {
      const aggregateId = queue.shift();
      if (aggregateId === undefined) return;
      running += 1;
      void runLane(aggregateId);
    }
  };

  const runLane = async (aggregateId: string): Promise<void> => {
    const lane = lanes.get(aggregateId) ?? [];
    for (let event = lane[0]; event !== undefined; event = lane[0]) {
      await deliver(event);
      lane.shift();
      counts.waiting -= 1;
      counts.delivered += 1;
    }
    lanes.delete(aggregateId);
    running -= 1;
    begin();
    if (counts.waiting > 0) return;
    idle.resolve();
    idle = Promise.withResolvers<void>();
  };

  const deliver = async (event: EventEnvelope): Promise<void> => {
    const interested = [...subscriptions].filter(({ matches }) => matches(event.type));
    await Promise.all(interested.map(({ handler }) => handle(handler, event)));
  };

  const handle = async (handler: EventHandler, event: EventEnvelope): Promise<void> => {
    try {
      await handler(event);
    } catch (error) {
      counts.failed += 1;
      log.error({ err: error, event_id: event.eventId, event_type: event.type, handler: handler.name }, "an event handler failed");
    }
  };

  return {
    async publish(events) {
      const room = Math.max(0, capacity - counts.waiting);
      for (const event of events.slice(0, room)) enqueue(event);
      const dropped = events.slice(room);
      if (dropped.length === 0) return;
      counts.dropped += dropped.length;
      log.error({ capacity, event_ids: dropped.map(({ eventId }) => eventId) }, "no room for events: they were dropped");
    },
    subscribe(pattern, handler) {
      const subscription = { matches: matcher(pattern), handler };
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
    async drain() {
      if (counts.waiting > 0) await idle.promise;
    },
    get counts() {
      return { ...counts };
    },
  };
}

function matcher(pattern: string): (type: string) => boolean {
  if (pattern === "*") return () => true;
  const family = /^([a-z][a-z\d_]*(?:\.[a-z][a-z\d_]*)*\.)\*$/.exec(pattern)?.[1];
  if (family !== undefined) return (type) => type.startsWith(family);
  if (!/^[a-z][a-z\d_]*(?:\.[a-z][a-z\d_]*)*$/.test(pattern))
    throw new TypeError(`${pattern} is no pattern of events: write user.created, user.* or *`);
  return (type) => type === pattern;
}
