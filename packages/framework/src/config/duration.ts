/** Durations as people write them: `250ms`, `30s`, `5m`, `1h`, `7d`, and sums of them such as `1h30m`. */

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

const form = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** The form as a regular expression that JSON Schema understands. */
export const durationPattern = "^(?=\\d)(\\d+d)?(\\d+h)?(\\d+m(?!s))?(\\d+s)?(\\d+ms)?$";

/** The duration in milliseconds; undefined where `text` is none, or is longer than an exact integer can say. */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : form.exec(text);
  if (match === null) return undefined;
  const ms = units.reduce((sum, [, factor], index) => sum + Number(match[index + 1] ?? 0) * factor, 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest spelling: `90000` is `1m30s`. The reverse of {@link parseDuration}; `ms` is a whole number, 0 or more. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [unit, factor] of units) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text === "" ? "0s" : text;
}
