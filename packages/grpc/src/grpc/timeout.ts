// `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2, "Timeout").
import { Code, ConnectError } from "@connectrpc/connect";

const unitMs = new Map<number, number>([
  [0x48, 3_600_000], // H
  [0x4d, 60_000], // M
  [0x53, 1000], // S
  [0x6d, 1], // m
  [0x75, 1e-3], // u
  [0x6e, 1e-6], // n
]);

const MOST_DIGITS = 8;
const LARGEST = 99_999_999;

/**
 * The milliseconds of a `grpc-timeout`; a fraction where its unit is finer.
 *
 * @throws ConnectError `invalid_argument`
 */
export function parseTimeout(value: string): number {
  const digits = value.length - 1;
  const factor = unitMs.get(value.charCodeAt(digits));
  if (factor === undefined || digits < 1 || digits > MOST_DIGITS) throw illegalTimeout(value);
  let amount = 0;
  for (let i = 0; i < digits; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) throw illegalTimeout(value);
    amount = amount * 10 + digit;
  }
  return amount * factor;
}

function illegalTimeout(value: string): ConnectError {
  const shown = JSON.stringify(value.slice(0, 40));
  return new ConnectError(`grpc-timeout ${shown} is not one to eight digits and one of H, M, S, m, u, n`, Code.InvalidArgument);
}

/**
 * Milliseconds as a `grpc-timeout`, in the finest unit that holds them, rounded up: a server must not give up before its
 * client does. A timeout that has passed is the shortest one, and more than 11,000 years are the longest.
 */
export function formatTimeout(timeoutMs: number): string {
  if (!(timeoutMs > 0)) return "1n";
  if (timeoutMs <= LARGEST) {
    const whole = Math.ceil(timeoutMs);
    // Whole milliseconds, and all that is long: nobody waits for fractions of those.
    if (whole === timeoutMs || timeoutMs >= 1000) return `${whole}m`;
    return `${Math.ceil(timeoutMs * 1000)}u`;
  }
  for (const [unit, ms] of [
    ["S", 1000],
    ["M", 60_000],
  ] as const) {
    const amount = Math.ceil(timeoutMs / ms);
    if (amount <= LARGEST) return `${amount}${unit}`;
  }
  return `${Math.min(LARGEST, Math.ceil(timeoutMs / 3_600_000))}H`;
}
