/** Between what the domain calls undefined or a date, and what a column holds. */

export function toDate(ms: number): Date;
export function toDate(ms: number | null): Date | undefined;
export function toDate(ms: number | null): Date | undefined {
  return ms === null ? undefined : new Date(ms);
}

export function toMs(date: Date): number;
export function toMs(date: Date | undefined): number | null;
export function toMs(date: Date | undefined): number | null {
  return date?.getTime() ?? null;
}
