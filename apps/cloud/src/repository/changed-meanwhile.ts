import { frameworkError } from "@arcana/framework/error";
import type { UserId } from "../domain/user.ts";

/** CONFLICT: the stored user is not the one that was read. */
export function changedMeanwhile(id: UserId): Error {
  return frameworkError("CONFLICT", `the user ${id} was changed meanwhile; read again and retry`);
}
