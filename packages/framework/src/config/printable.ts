/** A raw value as it may stand in a message or a listing: passwords within URLs are taken out. */
export function printable(raw: unknown): string {
  if (typeof raw === "string") return JSON.stringify(withoutPassword(raw));
  if (Array.isArray(raw)) return `[${raw.map(printable).join(", ")}]`;
  if (raw instanceof Date) return `the date ${raw.toISOString()}`;
  if (typeof raw === "object" && raw !== null) return "a table";
  return String(raw);
}

/** `scheme://user:password@host` without the password. */
export function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/?#]*):.*@/i, "$1:[redacted]@");
}
