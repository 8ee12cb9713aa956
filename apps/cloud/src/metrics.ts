/** What the application measures of itself, beside what the framework measures of every application. */
import type { EventBus } from "@arcana/framework/events";
import type { PasswordHasher } from "@arcana/framework/security";
import type { Metrics, MetricTable } from "@arcana/framework/telemetry";

export const cloudMetrics = {
  arcana_password_hashes_running: { type: "gauge", labels: [], help: "Password hashes being computed now." },
  arcana_password_hashes_waiting: {
    type: "gauge",
    labels: [],
    help: "Password hashes that wait for a core; beyond the queue's limit logins are refused.",
  },
  arcana_events_waiting: { type: "gauge", labels: [], help: "Events that wait for their handlers or are being handled." },
  arcana_events_delivered_total: { type: "counter", labels: [], help: "Events that all their handlers have seen." },
  arcana_event_handler_failures_total: { type: "counter", labels: [], help: "Calls of event handlers that threw." },
  arcana_events_dropped_total: { type: "counter", labels: [], help: "Events for which there was no room." },
} as const satisfies MetricTable;

/** Has the gauges read at each scrape. */
export function measureCloud(
  metrics: Metrics,
  { passwords, events }: { readonly passwords: PasswordHasher; readonly events: EventBus },
): void {
  const m = metrics.define(cloudMetrics);
  const running = m.gauge("arcana_password_hashes_running");
  const hashesWaiting = m.gauge("arcana_password_hashes_waiting");
  const eventsWaiting = m.gauge("arcana_events_waiting");
  const delivered = m.counter("arcana_events_delivered_total");
  const failed = m.counter("arcana_event_handler_failures_total");
  const dropped = m.counter("arcana_events_dropped_total");
  metrics.beforeReading(() => {
    running.set(passwords.running);
    hashesWaiting.set(passwords.pending);
    eventsWaiting.set(events.counts.waiting);
    delivered.set(events.counts.delivered);
    failed.set(events.counts.failed);
    dropped.set(events.counts.dropped);
  });
}
