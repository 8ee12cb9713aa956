/** The static table of RFC 7541, Appendix A. */
import { HeaderField } from "../header-field.ts";

const rows: readonly (readonly [name: string, value?: string])[] = [
  [":authority"],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset"],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language"],
  ["accept-ranges"],
  ["accept"],
  ["access-control-allow-origin"],
  ["age"],
  ["allow"],
  ["authorization"],
  ["cache-control"],
  ["content-disposition"],
  ["content-encoding"],
  ["content-language"],
  ["content-length"],
  ["content-location"],
  ["content-range"],
  ["content-type"],
  ["cookie"],
  ["date"],
  ["etag"],
  ["expect"],
  ["expires"],
  ["from"],
  ["host"],
  ["if-match"],
  ["if-modified-since"],
  ["if-none-match"],
  ["if-range"],
  ["if-unmodified-since"],
  ["last-modified"],
  ["link"],
  ["location"],
  ["max-forwards"],
  ["proxy-authenticate"],
  ["proxy-authorization"],
  ["range"],
  ["referer"],
  ["refresh"],
  ["retry-after"],
  ["server"],
  ["set-cookie"],
  ["strict-transport-security"],
  ["transfer-encoding"],
  ["user-agent"],
  ["vary"],
  ["via"],
  ["www-authenticate"],
];

/** The entries from index 1 on; the field at 0 stands for the index that is illegal. */
export const staticTable: readonly HeaderField[] = [
  new HeaderField("", "", false),
  ...rows.map(([name, value = ""]) => new HeaderField(name, value, false)),
];

/** How many entries there are: the dynamic table's indices begin after them (§2.3.3). */
export const STATIC_COUNT = rows.length;

interface StaticName {
  /** The first entry of the name. */
  readonly index: number;
  readonly byValue: ReadonlyMap<string, number>;
}

const byName = new Map<string, { index: number; byValue: Map<string, number> }>();
for (const [position, [name, value]] of rows.entries()) {
  const index = position + 1;
  const entry = byName.get(name) ?? { index, byValue: new Map<string, number>() };
  byName.set(name, entry);
  if (value !== undefined) entry.byValue.set(value, index);
}

/** The entries of a name. */
export function findStaticName(name: string): StaticName | undefined {
  return byName.get(name);
}
