/** The one place where what happened becomes what is recorded: event envelopes and audit entries. */
import type { EventEnvelope } from "@arcana/framework/events";
import type { DomainEvent } from "../domain/events.ts";
import type { UserId } from "../domain/user.ts";
import type { AuditAction } from "./audit-actions.ts";
import type { Circumstances } from "./circumstances.ts";
import type { AuditEntry, Trail } from "./ports.ts";

/** The version of the payloads in `EventPayloads`. */
const payloadVersion = 1;

/** What is to stand in the audit log, without the circumstances. */
export interface Note {
  readonly action: AuditAction;
  readonly resource: { readonly type: "user" | "session"; readonly id: string | undefined };
  /** Who did it, where that is not the actor of the call: who logs in is nobody before. */
  readonly userId?: UserId;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Why it was refused. Unset: it succeeded. */
  readonly refusal?: string;
}

interface Happening {
  readonly at: Date;
  readonly events?: readonly DomainEvent[];
  readonly notes: readonly Note[];
}

export type RecordTrail = (happening: Happening, under: Circumstances) => Trail;

/** `newId` makes UUIDv7s. */
export function createRecordTrail({ newId }: { readonly newId: () => string }): RecordTrail {
  return ({ at, events = [], notes }, under) => ({
    events: events.map((event) => envelope(newId(), event, at, under)),
    audit: notes.map((note) => entry(newId(), note, at, under)),
  });
}

function envelope(eventId: string, { type, aggregateId, payload }: DomainEvent, at: Date, under: Circumstances): EventEnvelope {
  return {
    eventId,
    type,
    version: payloadVersion,
    occurredAt: at,
    correlationId: under.requestId,
    causationId: undefined,
    aggregateId,
    payload: { ...payload },
  };
}

function entry(id: string, note: Note, at: Date, under: Circumstances): AuditEntry {
  return {
    id,
    userId: note.userId ?? under.actor?.id,
    action: note.action,
    resourceType: note.resource.type,
    resourceId: note.resource.id,
    details: note.details ?? {},
    ipAddress: under.ipAddress,
    userAgent: under.userAgent,
    success: note.refusal === undefined,
    errorMessage: note.refusal,
    timestamp: at,
  };
}
