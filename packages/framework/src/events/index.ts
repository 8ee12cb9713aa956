export type { EventEnvelope, EventPublisher } from "./event.ts";
