/** One key of a configuration: how it is read, what it is for. */

/** A fragment of JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What reading a raw value gave: the value, or what is wrong with it, such as `must be true or false`. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** `Unit` is what the key's name ends in within the program: `request_timeout` of milliseconds is `requestTimeoutMs`. */
export interface Field<T, Unit extends string = string> {
  readonly kind: "field";
  /** What the reference calls the type, such as `integer, 0 to 65535`. */
  readonly type: string;
  /** One sentence for the reference and for the shipped file. */
  readonly doc: string;
  /** As it would be written in a file; undefined: there is none. */
  readonly default: unknown;
  /** Whether the key may be left out although it has no default. */
  readonly optional: boolean;
  /** Whether values are redacted everywhere. A secret can also be read from a file that `…_FILE` names. */
  readonly secret: boolean;
  /** Further variables that set it, such as `ARCANA_ENVIRONMENT`. */
  readonly environment: readonly string[];
  readonly unit: Unit;
  readonly jsonSchema: JsonSchema;
  /** Makes what TOML would have given of the text of a variable or an option. Text that makes no sense comes back as it is. */
  fromText(text: string): unknown;
  parse(raw: unknown): Parsed<T>;
}

/** What every key has in common. `Raw` is the form in a file. */
export interface FieldOptions<Raw, T = Raw> {
  /** One sentence: what it is for. Every key of a section has one; members of a list need none. */
  readonly doc?: string;
  /** Without one the key must be set, unless it is `optional(…)`. */
  readonly default?: Raw;
  readonly environment?: readonly string[];
  /** A rule beyond the type: returns what is wrong with the value, such as `must begin with "/"`. */
  readonly check?: (value: T) => string | undefined;
}

export interface FieldForm<T, Unit extends string> {
  readonly type: string;
  readonly unit: Unit;
  readonly secret?: boolean;
  readonly jsonSchema: JsonSchema;
  fromText(text: string): unknown;
  parse(raw: unknown): Parsed<T>;
}

/** Makes a field of its form and its options. @throws TypeError where the default breaks the field's own rules. */
export function field<Raw, T, Unit extends string>(form: FieldForm<T, Unit>, options: FieldOptions<Raw, T>): Field<T, Unit> {
  const { check } = options;
  const parse = (raw: unknown): Parsed<T> => {
    const parsed = form.parse(raw);
    const problem = "value" in parsed ? check?.(parsed.value) : undefined;
    return problem === undefined ? parsed : { problem };
  };
  if (options.default !== undefined) {
    const parsed = parse(options.default);
    if ("problem" in parsed) throw new TypeError(`a default (${options.doc}) ${parsed.problem}`);
  }
  return {
    kind: "field",
    type: form.type,
    doc: options.doc ?? "",
    default: options.default,
    optional: false,
    secret: form.secret ?? false,
    environment: options.environment ?? [],
    unit: form.unit,
    jsonSchema: form.jsonSchema,
    fromText: form.fromText,
    parse,
  };
}

/** The key may be left out; its value is then undefined. */
export function optional<T, Unit extends string>(of: Field<T, Unit>): Field<T | undefined, Unit> {
  return { ...of, optional: true };
}
