/** Something that happened, as it is handed to whoever listens. */
export interface EventEnvelope<Payload = Readonly<Record<string, unknown>>> {
  /** UUIDv7. Handlers use it to be idempotent. */
  readonly eventId: string;
  /** Such as `user.created`. */
  readonly type: string;
  /** The version of the payload's shape, from 1. */
  readonly version: number;
  readonly occurredAt: Date;
  /** The request that led to it. */
  readonly correlationId: string | undefined;
  /** The event that led to it. */
  readonly causationId: string | undefined;
  /** What it happened to; events of one aggregate are delivered in order. */
  readonly aggregateId: string;
  readonly payload: Payload;
}

/** Takes events on their way. Publishing is over when the events are handed on, not when they are handled. */
export interface EventPublisher {
  publish(events: readonly EventEnvelope[]): Promise<void>;
}
