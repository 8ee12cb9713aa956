/**
 * Sizes as people write them: `512b`, `64kb`, `10mb`, `1gb`. The units are powers of 1024, as memory and body limits
 * are everywhere; `kib`, `mib` and `gib` say the same.
 */

const factors = { b: 1, kb: 2 ** 10, kib: 2 ** 10, mb: 2 ** 20, mib: 2 ** 20, gb: 2 ** 30, gib: 2 ** 30 } as const;

const form = /^(\d+)(b|kb|kib|mb|mib|gb|gib)$/i;

/** The form as a regular expression that JSON Schema understands. */
export const sizePattern = "^\\d+([bB]|[kKmMgG][iI]?[bB])$";

/** The size in bytes; undefined where `text` is none, or is larger than an exact integer can say. */
export function parseSize(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, count, unit] = match;
  const bytes = Number(count) * factors[(unit ?? "b").toLowerCase() as keyof typeof factors];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The size in the largest unit that divides it: `10485760` is `10mb`. The reverse of {@link parseSize}. */
export function formatSize(bytes: number): string {
  for (const unit of ["gb", "mb", "kb"] as const) {
    if (bytes >= factors[unit] && bytes % factors[unit] === 0) return `${bytes / factors[unit]}${unit}`;
  }
  return `${bytes}b`;
}
