/** Durations as protobuf's JSON mapping writes them: seconds with up to nine decimals and an `s`, such as `1.500s`. */
import type { Duration } from "@bufbuild/protobuf/wkt";
import { fractionText, maxNanos } from "./timestamp.ts";

type Span = Pick<Duration, "seconds" | "nanos">;

/** Ten thousand years. */
const maxSeconds = 315_576_000_000;

/** @throws RangeError where the mapping has no text for it: more than 10,000 years, or nanos of the other sign. */
export function formatDuration({ seconds, nanos }: Span): string {
  const total = Number(seconds);
  if (!(Math.abs(total) <= maxSeconds)) throw new RangeError(`a duration of ${seconds} seconds is longer than 10,000 years`);
  if (!(Math.abs(nanos) <= maxNanos)) throw new RangeError(`a duration's nanos are within ±${maxNanos}, not ${nanos}`);
  if ((total > 0 && nanos < 0) || (total < 0 && nanos > 0)) throw new RangeError("a duration's seconds and nanos have the same sign");
  const sign = total < 0 || nanos < 0 ? "-" : "";
  return `${sign}${Math.abs(total)}${nanos === 0 ? "" : fractionText(Math.abs(nanos))}s`;
}

const form = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

/** Undefined where the text is no duration within 10,000 years. */
export function parseDuration(text: string): { readonly seconds: bigint; readonly nanos: number } | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const seconds = BigInt(whole);
  const nanos = Number(fraction.padEnd(9, "0"));
  if (seconds > BigInt(maxSeconds)) return undefined;
  // `0 -`, so that no nanos stay 0 and never become -0.
  return sign === "-" ? { seconds: -seconds, nanos: 0 - nanos } : { seconds, nanos };
}
