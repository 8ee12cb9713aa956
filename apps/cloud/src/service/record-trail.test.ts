import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleActor, sampleId, sampleTime, sampleUser } from "../domain/testing/samples.ts";
import { createRecordTrail } from "./record-trail.ts";
import { from } from "./testing/world.ts";

const user = sampleUser();
const admin = sampleActor("admin");
const under = { ...from("192.0.2.1"), actor: admin };

function tested() {
  let count = 0;
  return createRecordTrail({ newId: () => sampleId(++count) });
}

test("an event gets its id, its time, and the request that led to it", () => {
  const payload = { user_id: user.id, updated_fields: ["first_name"] };
  const { events } = tested()({ at: sampleTime, events: [{ type: "user.updated", aggregateId: user.id, payload }], notes: [] }, under);
  assert.deepEqual(events, [
    {
      eventId: sampleId(1),
      type: "user.updated",
      version: 1,
      occurredAt: sampleTime,
      correlationId: "request-1",
      causationId: undefined,
      aggregateId: user.id,
      payload,
    },
  ]);
});

test("an audit entry tells who did what to whom, from where and with what success", () => {
  const note = { action: "user.deleted", resource: { type: "user", id: user.id } } as const;
  const { audit } = tested()({ at: sampleTime, notes: [note, { ...note, refusal: "ROLE_TOO_HIGH", details: { a: 1 } }] }, under);
  const expected = {
    id: sampleId(1),
    userId: admin.id,
    action: "user.deleted",
    resourceType: "user",
    resourceId: user.id,
    details: {},
    ipAddress: "192.0.2.1",
    userAgent: "tests",
    success: true,
    errorMessage: undefined,
    timestamp: sampleTime,
  };
  assert.deepEqual(audit, [expected, { ...expected, id: sampleId(2), details: { a: 1 }, success: false, errorMessage: "ROLE_TOO_HIGH" }]);
});

test("who becomes known by what they do is named instead of the actor of the call", () => {
  const note = { action: "auth.login", resource: { type: "user", id: user.id }, userId: user.id } as const;
  const { audit } = tested()({ at: sampleTime, notes: [note] }, from("192.0.2.1"));
  assert.equal(audit[0]?.userId, user.id);
});
