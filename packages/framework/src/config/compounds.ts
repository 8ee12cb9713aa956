/** The keys that are made of others. */
import type { Field, FieldOptions } from "./field.ts";
import { field } from "./field.ts";
import { printable } from "./printable.ts";

/** A list. In a variable its members are separated by commas, or written as a JSON array (`[]` is the empty list). */
export function list<T>(of: Field<T>, options: FieldOptions<readonly unknown[], readonly T[]>): Field<readonly T[], ""> {
  return field<readonly unknown[], readonly T[], "">(
    {
      type: `list of ${of.type}`,
      unit: "",
      secret: of.secret,
      jsonSchema: { type: "array", items: of.jsonSchema },
      fromText: (text) => jsonArray(text) ?? text.split(",").map((member) => of.fromText(member.trim())),
      parse(raw) {
        if (!Array.isArray(raw)) return { problem: `must be a list such as ["a", "b"], not ${of.secret ? "one value" : printable(raw)}` };
        const values: T[] = [];
        for (const [index, member] of raw.entries()) {
          const parsed = of.parse(member);
          if ("problem" in parsed) return { problem: `member ${index + 1} ${parsed.problem}` };
          values.push(parsed.value);
        }
        return { value: values };
      },
    },
    options,
  );
}

function jsonArray(text: string): unknown[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A value of either form, such as a number or the word `auto`; the first that fits is taken. */
export function either<A, B>(first: Field<A, "">, second: Field<B, "">, options: FieldOptions<unknown, A | B>): Field<A | B, ""> {
  const forms: readonly Field<A | B, "">[] = [first, second];
  return field<unknown, A | B, "">(
    {
      type: `${first.type}; or ${second.type}`,
      unit: "",
      secret: first.secret || second.secret,
      jsonSchema: { anyOf: [first.jsonSchema, second.jsonSchema] },
      fromText(text) {
        const form = forms.find((candidate) => "value" in candidate.parse(candidate.fromText(text)));
        return form === undefined ? text : form.fromText(text);
      },
      parse(raw) {
        for (const form of forms) {
          const parsed = form.parse(raw);
          if ("value" in parsed) return parsed;
        }
        return { problem: `must be ${first.type}; or ${second.type}${first.secret || second.secret ? "" : `; not ${printable(raw)}`}` };
      },
    },
    options,
  );
}
