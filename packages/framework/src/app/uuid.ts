/**
 * UUIDs of version 7 (RFC 9562 section 5.7), which sort by the time they were made.
 *
 * Within a process they rise strictly, by a dedicated counter (section 6.2, method 1): its 42 bits are the 12 of `rand_a`
 * and the first 30 of `rand_b`. Each millisecond seeds it anew with random bits, the highest clear so that it has room to
 * rise; the last 32 bits are random always.
 */
import { randomFillSync } from "node:crypto";

/** Gives random unsigned integers of 32 bits. */
export type RandomSource = () => number;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const maxTimeMs = 2 ** 48 - 1;
const lowLimit = 2 ** 30;
const highLimit = 2 ** 12;
/** A clock that is set back by less is waited out by counting on; by more, it is followed, and ids fall back with it. */
const toleratedStepBackMs = 10_000;

/** Makes the function that makes ids. There is one for the process, {@link uuidv7}; others are for tests. */
export function uuidv7Source(random: RandomSource = pooledRandom()): (now: Date | number) => string {
  let lastMs = Number.NEGATIVE_INFINITY;
  let high = 0;
  let low = 0;

  const seed = (ms: number): void => {
    lastMs = ms;
    high = random() % (highLimit / 2);
    low = random() % lowLimit;
  };
  const countOn = (): void => {
    low += 1;
    if (low < lowLimit) return;
    low = 0;
    high += 1;
    // More than two million million ids in a millisecond: the next one begins early.
    if (high === highLimit) seed(lastMs + 1);
  };

  return (now) => {
    const ms = Number(now);
    if (!(ms >= 0 && ms <= maxTimeMs)) throw new RangeError(`${String(now)} does not fit into a UUID of version 7`);
    if (ms > lastMs || ms < lastMs - toleratedStepBackMs) seed(Math.floor(ms));
    else countOn();
    return text(lastMs, high, low, random());
  };
}

/** A new UUID of version 7 in lower case, greater than all that this process made before. @throws RangeError for a time before 1970. */
export const uuidv7: (now: Date | number) => string = uuidv7Source();

const pattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Whether the text is a UUID of any version, in either case: the form that the rule `string.uuid` of a contract demands. */
export function isUuid(text: string): boolean {
  return text.length === 36 && pattern.test(text);
}

function text(ms: number, high: number, low: number, last: number): string {
  const timeHigh = Math.floor(ms / 2 ** 16);
  // The variant's two bits, then the counter's low 30.
  const lowWord = (0x80000000 | low) >>> 0;
  return `${word(timeHigh)}-${pair(ms % 2 ** 16)}-${pair(0x7000 | high)}-${pair(lowWord >>> 16)}-${pair(lowWord & 0xffff)}${word(last)}`;
}

function word(value: number): string {
  return pair(value >>> 16) + pair(value & 0xffff);
}

function pair(value: number): string {
  return `${hex[(value >>> 8) & 0xff]}${hex[value & 0xff]}`;
}

/** Random numbers of the operating system, fetched many at a time: asking for each costs more than making the id. */
function pooledRandom(): RandomSource {
  const pool = new Uint32Array(1024);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const value = pool[next] ?? 0;
    next += 1;
    return value;
  };
}
