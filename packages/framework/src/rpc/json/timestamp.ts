/** Timestamps as RFC 3339 text, with the digits and the range that protobuf's JSON mapping prescribes. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

type Instant = Pick<Timestamp, "seconds" | "nanos">;

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
export const minSeconds = -62_135_596_800;
export const maxSeconds = 253_402_300_799;
export const maxNanos = 999_999_999;

const secondsADay = 86_400;
const two = Array.from({ length: 100 }, (_, index) => String(index).padStart(2, "0"));
const minutesOfDay = Array.from({ length: 1440 }, (_, index) => `${two[Math.floor(index / 60)]}:${two[index % 60]}:`);

/** The days written last: an answer names few of them, and splitting a date costs more than all the rest. */
const memoSize = 256;
const memoDays = new Float64Array(memoSize).fill(Number.NaN);
const memoTexts = new Array<string>(memoSize).fill("");

function dayText(day: number): string {
  const slot = day & (memoSize - 1);
  if (memoDays[slot] !== day) {
    memoTexts[slot] = new Date(day * secondsADay * 1000).toISOString().slice(0, 11);
    memoDays[slot] = day;
  }
  return memoTexts[slot] as string;
}

/** The fraction with three, six or nine digits, as few as hold it. */
export function fractionText(nanos: number): string {
  const digits = String(nanos).padStart(9, "0");
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`;
  return digits.endsWith("000") ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

const milliseconds = Array.from({ length: 1000 }, (_, index) => (index === 0 ? "Z" : `.${String(index).padStart(3, "0")}Z`));

/** @throws RangeError where the mapping has no text for it: years outside 1 to 9999, wrong nanos. */
export function formatTimestamp({ seconds, nanos }: Instant): string {
  const total = Number(seconds);
  if (!(total >= minSeconds && total <= maxSeconds))
    throw new RangeError(`a timestamp of ${seconds} seconds is outside the years 1 to 9999`);
  if (!(nanos >= 0 && nanos <= maxNanos)) throw new RangeError(`a timestamp's nanos are 0 to ${maxNanos}, not ${nanos}`);
  const day = Math.floor(total / secondsADay);
  const second = total - day * secondsADay;
  const minute = Math.floor(second / 60);
  const end = nanos % 1e6 === 0 ? milliseconds[nanos / 1e6] : `${fractionText(nanos)}Z`;
  return dayText(day) + minutesOfDay[minute] + two[second - minute * 60] + end;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Undefined where the text is no RFC 3339 timestamp within the years 1 to 9999. A leap second is none. */
export function parseTimestamp(text: string): { readonly seconds: bigint; readonly nanos: number } | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const offset = match[8] === undefined ? 0 : offsetSeconds(match[8], Number(match[9]), Number(match[10]));
  if (offset === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = midnightOf(year, month, day);
  if (midnight === undefined) return undefined;
  const total = midnight + hour * 3600 + minute * 60 + second - offset;
  if (total < minSeconds || total > maxSeconds) return undefined;
  return { seconds: BigInt(total), nanos: Number((match[7] ?? "").padEnd(9, "0")) };
}

function offsetSeconds(sign: string, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** Undefined where the month has no such day. */
function midnightOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 1000 : undefined;
}
