/** One and many of what the validator's texts count, by the form that these have for any number. */
const units: Readonly<Record<string, readonly [one: string, many: string]>> = {
  characters: ["character", "characters"],
  bytes: ["byte", "bytes"],
  entries: ["entry", "entries"],
  "item(s)": ["item", "items"],
};

/** The text of a standard rule as one would say it: the validator's own knows no singular. */
export function reworded(text: string): string {
  const counted = text
    .replace(/^map must be /, "must have ")
    .replace(/(\d+) (characters|bytes|entries|item\(s\))$/, (whole, count: string, unit: string) => {
      const forms = units[unit];
      return forms === undefined ? whole : `${count} ${forms[count === "1" ? 0 : 1]}`;
    });
  return / at least 1 \w+$/.test(counted) ? "must not be empty" : counted;
}
