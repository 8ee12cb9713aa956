import { frameworkError } from "@arcana/framework/error";
import type { SessionId, UserId } from "./user.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Any UUID, in lower case. @throws INVALID_ARGUMENT */
export function parseUserId(text: string): UserId {
  return parseUuid(text, "user id") as UserId;
}

/** Any UUID, in lower case. @throws INVALID_ARGUMENT */
export function parseSessionId(text: string): SessionId {
  return parseUuid(text, "session id") as SessionId;
}

function parseUuid(text: string, what: string): string {
  const lower = text.toLowerCase();
  if (!uuid.test(lower))
    throw frameworkError("INVALID_ARGUMENT", `the ${what} must be a UUID, such as 0192d3a0-7c1e-7b3a-8f00-000000000001`);
  return lower;
}
