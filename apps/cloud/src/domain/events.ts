import type { SessionId, UserId } from "./user.ts";

/** The payload of every domain event, by type. Names are those that listeners and stored events see. */
export interface EventPayloads {
  "user.created": { user_id: UserId; username: string; email: string };
  "user.updated": { user_id: UserId; updated_fields: readonly string[] };
  "user.deleted": { user_id: UserId; deleted_by: UserId | undefined };
  "user.role_changed": { user_id: UserId; old_role: string; new_role: string; changed_by: UserId | undefined };
  "user.status_changed": {
    user_id: UserId;
    old_status: string;
    new_status: string;
    reason: string | undefined;
    changed_by: UserId | undefined;
  };
  "auth.login_succeeded": { user_id: UserId; ip_address: string | undefined; user_agent: string | undefined };
  "auth.login_failed": { username_or_email: string; reason: string; ip_address: string | undefined; user_agent: string | undefined };
  "auth.logout": { user_id: UserId; session_id: SessionId };
  "auth.token_refreshed": { user_id: UserId; old_token_family: SessionId; new_token_family: SessionId };
  "auth.password_changed": { user_id: UserId; changed_by: UserId };
}

export type EventType = keyof EventPayloads;

/** What a decision raises: the event without the circumstances (id, time, correlation), which the use case adds. */
export type DomainEvent = {
  [T in EventType]: { readonly type: T; readonly aggregateId: string; readonly payload: EventPayloads[T] };
}[EventType];
