/** Lists, maps and enum values as JSON text. */
import type { DescEnum } from "@bufbuild/protobuf";
import { enumNames } from "./enum-names.ts";
import { quote } from "./quote.ts";

export function listText<T>(items: readonly T[], text: (item: T) => string): string {
  const { length } = items;
  if (length === 0) return "[]";
  let json = `[${text(items[0] as T)}`;
  for (let index = 1; index < length; index++) json += `,${text(items[index] as T)}`;
  return `${json}]`;
}

/** JSON's keys are strings, and so are those of protobuf-es: a map of any key type is written alike. */
export function mapText<T>(map: { readonly [key: string]: T }, text: (value: T) => string): string {
  let json = "";
  for (const key of Object.keys(map)) json += `${json === "" ? "{" : ","}${quote(key)}:${text(map[key] as T)}`;
  return json === "" ? "{}" : `${json}}`;
}

const enumTexts = new WeakMap<DescEnum, (value: number) => string>();

/** The function that writes a value of the enum: its REST name, or the number where the contract has no value of it. */
export function enumText(desc: DescEnum): (value: number) => string {
  const known = enumTexts.get(desc);
  if (known !== undefined) return known;
  const text = desc.typeName === "google.protobuf.NullValue" ? nullText : namedEnumText(desc);
  enumTexts.set(desc, text);
  return text;
}

function nullText(): string {
  return "null";
}

function namedEnumText(desc: DescEnum): (value: number) => string {
  const texts = new Map([...enumNames(desc).byNumber].map(([number, name]) => [number, quote(name)]));
  return (value) => {
    const text = texts.get(value);
    if (text !== undefined) return text;
    if ((value | 0) === value) return String(value);
    throw new TypeError(`cannot write JSON: ${desc.typeName} has int32 values, not ${typeof value}`);
  };
}
