import { ArcanaError } from "@arcana/framework/error";

export function hasReason(error: unknown, reason: string): error is ArcanaError {
  return error instanceof ArcanaError && error.reason === reason;
}
