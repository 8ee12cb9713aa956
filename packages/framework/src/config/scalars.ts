/** The keys that hold one value. */
import { durationPattern, formatDuration, parseDuration } from "./duration.ts";
import type { Field, FieldOptions } from "./field.ts";
import { field } from "./field.ts";
import { printable } from "./printable.ts";
import { Secret } from "./secret.ts";
import { formatSize, parseSize, sizePattern } from "./size.ts";

const asItIs = (text: string): unknown => text;

/** Text that is not empty. */
export function text(options: FieldOptions<string> & { readonly pattern?: RegExp; readonly form?: string }): Field<string, ""> {
  const { pattern, form = "text" } = options;
  return field(
    {
      type: form,
      unit: "",
      jsonSchema: { type: "string", minLength: 1, ...(pattern && { pattern: pattern.source }) },
      fromText: asItIs,
      parse(raw) {
        if (typeof raw !== "string") return { problem: `must be text in quotes, not ${printable(raw)}` };
        if (raw === "") return { problem: "must not be empty" };
        if (pattern?.test(raw) === false) return { problem: `must be ${form}, not ${printable(raw)}` };
        return { value: raw };
      },
    },
    options,
  );
}

interface Limits {
  /** The least value allowed. */
  readonly min?: number;
  /** The greatest value allowed. */
  readonly max?: number;
}

/** A whole number. */
export function integer(options: FieldOptions<number> & Limits): Field<number, ""> {
  return numeric("integer", "a whole number", Number.isSafeInteger, /^[+-]?\d+$/, options);
}

/** A number, with a fraction or not. */
export function number(options: FieldOptions<number> & Limits): Field<number, ""> {
  return numeric("number", "a number", Number.isFinite, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, options);
}

function numeric(
  type: "integer" | "number",
  noun: string,
  fits: (raw: unknown) => boolean,
  form: RegExp,
  options: FieldOptions<number> & Limits,
): Field<number, ""> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = options;
  const range = rangeOf(options.min, options.max, String);
  return field(
    {
      type: `${type}${range && `, ${range}`}`,
      unit: "",
      jsonSchema: { type, ...(options.min !== undefined && { minimum: min }), ...(options.max !== undefined && { maximum: max }) },
      fromText: (text) => (form.test(text) ? Number(text) : text),
      parse: (raw) =>
        typeof raw === "number" && fits(raw) && raw >= min && raw <= max
          ? { value: raw }
          : { problem: `must be ${noun}${range && `, ${range}`}, not ${printable(raw)}` },
    },
    options,
  );
}

const flagWords = new Map([
  ["true", true],
  ["1", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["no", false],
  ["off", false],
]);

/** True or false. A variable may also say 1, 0, yes, no, on or off. */
export function flag(options: FieldOptions<boolean>): Field<boolean, ""> {
  return field(
    {
      type: "flag",
      unit: "",
      jsonSchema: { type: "boolean" },
      fromText: (text) => flagWords.get(text.toLowerCase()) ?? text,
      parse: (raw) => (typeof raw === "boolean" ? { value: raw } : { problem: `must be true or false, not ${printable(raw)}` }),
    },
    options,
  );
}

interface Spans {
  /** The least value allowed, written like the value. */
  readonly min?: string;
  /** The greatest value allowed, written like the value. */
  readonly max?: string;
}

/** The longest time that a timer of the runtime can wait; one that is set longer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** A time written `"250ms"`, `"30s"`, `"5m"`, `"1h"`, `"7d"` or as a sum of such; the value is in milliseconds. At most what a timer can wait (24 days). */
export function duration(options: FieldOptions<string, number> & Spans): Field<number, "Ms"> {
  return measured(
    { noun: "duration", unit: "Ms", pattern: durationPattern, example: "30s", longest: longestTimerMs },
    parseDuration,
    formatDuration,
    options,
  );
}

/** A size written `"512b"`, `"64kb"`, `"10mb"` or `"1gb"`, in powers of 1024; the value is in bytes. */
export function size(options: FieldOptions<string, number> & Spans): Field<number, "Bytes"> {
  return measured(
    { noun: "size", unit: "Bytes", pattern: sizePattern, example: "10mb", longest: Number.MAX_SAFE_INTEGER },
    parseSize,
    formatSize,
    options,
  );
}

function measured<Unit extends string>(
  about: { readonly noun: string; readonly unit: Unit; readonly pattern: string; readonly example: string; readonly longest: number },
  parse: (text: string) => number | undefined,
  format: (value: number) => string,
  options: FieldOptions<string, number> & Spans,
): Field<number, Unit> {
  const limit = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : (parse(text) ?? otherwise));
  const [min, max] = [limit(options.min, 0), limit(options.max, about.longest)];
  const range = rangeOf(options.min, options.max, String);
  return field(
    {
      type: `${about.noun}${range && `, ${range}`}`,
      unit: about.unit,
      jsonSchema: { type: "string", pattern: about.pattern },
      fromText: asItIs,
      parse(raw) {
        const value = typeof raw === "string" ? parse(raw) : undefined;
        if (value === undefined) return { problem: `must be a ${about.noun} such as "${about.example}", not ${printable(raw)}` };
        if (value < min || value > max) return { problem: `must be a ${about.noun} ${rangeOf(min, max, format)}, not ${printable(raw)}` };
        return { value };
      },
    },
    options,
  );
}

function rangeOf<T>(min: T | undefined, max: T | undefined, write: (limit: T) => string): string {
  if (min !== undefined && max !== undefined) return `${write(min)} to ${write(max)}`;
  if (min !== undefined) return `${write(min)} or more`;
  return max === undefined ? "" : `at most ${write(max)}`;
}

/** One of the words. */
export function choice<const Word extends string>(words: readonly Word[], options: FieldOptions<Word>): Field<Word, ""> {
  const list = words.map((word) => JSON.stringify(word)).join(", ");
  return field(
    {
      type: `one of ${list}`,
      unit: "",
      jsonSchema: { enum: words },
      fromText: asItIs,
      parse(raw) {
        const value = words.find((word) => word === raw);
        return value === undefined ? { problem: `must be one of ${list}, not ${printable(raw)}` } : { value };
      },
    },
    options,
  );
}

/** A value that is never printed. From the environment it may also come from a file: `ARCANA_…_FILE=/run/secrets/…`. */
export function secret(options: FieldOptions<never, Secret> & { readonly minBytes?: number }): Field<Secret, ""> {
  const { minBytes = 1 } = options;
  return field(
    {
      type: minBytes > 1 ? `secret, ${minBytes} bytes or more` : "secret",
      unit: "",
      secret: true,
      jsonSchema: { type: "string", minLength: 1, writeOnly: true },
      fromText: asItIs,
      parse(raw) {
        if (typeof raw !== "string") return { problem: "must be text in quotes" };
        const bytes = Buffer.byteLength(raw);
        if (bytes < minBytes)
          return { problem: bytes === 0 ? "must not be empty" : `must have ${minBytes} bytes or more, and has ${bytes}` };
        return { value: new Secret(raw) };
      },
    },
    options,
  );
}
