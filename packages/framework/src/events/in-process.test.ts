import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventEnvelope } from "./event.ts";
import { createEventBus } from "./in-process.ts";

let lastId = 0;
function event(type: string, aggregateId: string): EventEnvelope {
  const eventId = `event-${++lastId}`;
  const occurredAt = new Date("2026-01-01T00:00:00Z");
  return { eventId, type, version: 1, occurredAt, correlationId: undefined, causationId: undefined, aggregateId, payload: {} };
}

function loggedBus(options: { capacity?: number; concurrency?: number } = {}) {
  const logged: { readonly fields: object; readonly message: string }[] = [];
  const bus = createEventBus({ log: { error: (fields, message) => logged.push({ fields, message }) }, ...options });
  return { bus, logged };
}

test("a pattern is one type, a family of them, or all", async () => {
  const { bus } = loggedBus();
  const seen: string[] = [];
  for (const pattern of ["user.created", "user.*", "*"]) bus.subscribe(pattern, ({ type }) => void seen.push(`${pattern} ${type}`));
  await bus.publish([event("user.created", "a"), event("user.deleted", "a"), event("username.taken", "a")]);
  await bus.drain();
  assert.deepEqual(seen, [
    "user.created user.created",
    "user.* user.created",
    "* user.created",
    "user.* user.deleted",
    "* user.deleted",
    "* username.taken",
  ]);
  for (const wrong of ["", "user*", "*.created", "User.created", "user..*"]) assert.throws(() => bus.subscribe(wrong, () => {}), TypeError);
});

test("publishing is over before any handler runs", async () => {
  const { bus } = loggedBus();
  let ran = false;
  bus.subscribe("*", () => {
    ran = true;
  });
  await bus.publish([event("user.created", "a")]);
  assert.equal(ran, false);
  await bus.drain();
  assert.equal(ran, true);
});

test("events of one aggregate are handled in order, each after the one before, other aggregates meanwhile", async () => {
  const { bus } = loggedBus();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  bus.subscribe("*", async ({ type, aggregateId }) => {
    seen.push(`${aggregateId} ${type}`);
    if (type === "step.one" && aggregateId === "a") await first.promise;
    if (aggregateId === "b") first.resolve();
  });
  await bus.publish([event("step.one", "a"), event("step.two", "a"), event("step.one", "b")]);
  await bus.drain();
  assert.deepEqual(seen, ["a step.one", "b step.one", "a step.two"]);
});

test("no more aggregates are handled at once than allowed", async () => {
  const { bus } = loggedBus({ concurrency: 2 });
  let now = 0;
  let most = 0;
  bus.subscribe("*", async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
  });
  await bus.publish(Array.from({ length: 20 }, (_, index) => event("step.one", `aggregate-${index}`)));
  await bus.drain();
  assert.equal(most, 2);
  assert.equal(bus.counts.delivered, 20);
});

test("a handler that throws is logged with its event, and keeps nobody else from it, nor from the next", async () => {
  const { bus, logged } = loggedBus();
  const seen: string[] = [];
  bus.subscribe("*", function broken() {
    throw new Error("broken");
  });
  bus.subscribe("*", async () => Promise.reject(new Error("rejected")));
  bus.subscribe("*", ({ type }) => void seen.push(type));
  const [one, two] = [event("user.created", "a"), event("user.deleted", "a")];
  await bus.publish([one, two]);
  await bus.drain();
  assert.deepEqual(seen, ["user.created", "user.deleted"]);
  assert.equal(bus.counts.failed, 4);
  assert.partialDeepStrictEqual(logged[0]?.fields, { event_id: one.eventId, event_type: "user.created", handler: "broken" });
});

test("what finds no room is dropped, counted and logged; there is room again when events have been handled", async () => {
  const { bus, logged } = loggedBus({ capacity: 2 });
  const seen: string[] = [];
  bus.subscribe("*", ({ eventId }) => void seen.push(eventId));
  const events = [event("user.created", "a"), event("user.created", "b"), event("user.created", "c")];
  await bus.publish(events);
  await bus.drain();
  assert.deepEqual(
    seen,
    events.slice(0, 2).map(({ eventId }) => eventId),
  );
  assert.deepEqual(
    logged.map(({ fields }) => fields),
    [{ capacity: 2, event_ids: [events[2]?.eventId] }],
  );
  await bus.publish([event("user.created", "c")]);
  await bus.drain();
  assert.deepEqual(bus.counts, { waiting: 0, delivered: 3, failed: 0, dropped: 1 });
});

test("draining waits for events that handlers publish, and an ended subscription hears nothing", async () => {
  const { bus } = loggedBus();
  const seen: string[] = [];
  const end = bus.subscribe("step.one", () => bus.publish([event("step.two", "b")]));
  bus.subscribe("step.two", ({ type }) => void seen.push(type));
  await bus.publish([event("step.one", "a")]);
  await bus.drain();
  assert.deepEqual(seen, ["step.two"]);
  end();
  await bus.publish([event("step.one", "a")]);
  await bus.drain();
  assert.deepEqual(seen, ["step.two"]);
});
