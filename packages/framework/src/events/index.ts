export type { EventEnvelope, EventPublisher } from "./event.ts";
export type { EventBus, EventBusCounts, EventBusOptions, EventHandler } from "./in-process.ts";
export { createEventBus } from "./in-process.ts";
