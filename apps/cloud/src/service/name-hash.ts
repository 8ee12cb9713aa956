import { hash } from "node:crypto";

/**
 * Stands for what was typed as a name: it may be a mail address or, by mistake, a password, and may be of any length. Spellings
 * that mean one account have one hash. SHA-256, hex.
 */
export function nameHash(typed: string): string {
  return hash("sha256", typed.trim().toLowerCase(), "hex");
}
