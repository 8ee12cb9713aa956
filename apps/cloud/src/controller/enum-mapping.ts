import { frameworkError } from "@arcana/framework/error";

/** Between the domain's words and a contract's enum. */
export interface EnumMapping<Word extends string, Value extends number> {
  toProto(word: Word): Value;
  /** @throws INVALID_ARGUMENT for a value that is none: unspecified, or newer than this server. */
  fromProto(value: number): Word;
}

export function enumMapping<Word extends string, Value extends number>(
  noun: string,
  values: Readonly<Record<Word, Value>>,
): EnumMapping<Word, Value> {
  const words = new Map<number, Word>(Object.entries<Value>(values).map(([word, value]) => [value, word as Word]));
  return {
    toProto: (word) => values[word],
    fromProto(value) {
      const word = words.get(value);
      if (word === undefined) throw frameworkError("INVALID_ARGUMENT", `${value} is no ${noun}`);
      return word;
    },
  };
}
