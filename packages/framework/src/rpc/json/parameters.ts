/**
 * Message fields out of the strings of a path or a query, as `google.api.http` describes: nested fields by dots, lists by
 * repeated keys, everything else as the string that protobuf's JSON mapping has for it.
 */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { create, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Fields, Readers } from "./decode.ts";
import { setField } from "./decode.ts";
import { wrappedScalar } from "./field-form.ts";
import type { Problems } from "./problems.ts";
import { refused } from "./problems.ts";
import type { ReadValue } from "./scalar-value.ts";

/** Where a parameter goes: through the messages of all fields but the last. */
export type FieldPath = readonly [DescField, ...DescField[]];

/** Sets what a parameter names. More than one text: the key was repeated. */
export type ReadParameter = (message: Fields, texts: readonly string[], problems: Problems) => void;

/** How a value gets into its message: {@link setField}, or {@link overwriteField} where the parameter has the last word. */
export type Place = (message: Fields, field: DescField, value: unknown, problems: Problems) => void;

/** The field that a dotted path leads to from a message, by proto names or lowerCamelCase ones. Undefined where there is none. */
export function findFieldPath(desc: DescMessage, path: string): FieldPath | undefined {
  const [first, ...rest] = path.split(".");
  const field = desc.fields.find(({ name, jsonName }) => name === first || jsonName === first);
  if (field === undefined) return undefined;
  if (rest.length === 0) return [field];
  if (field.fieldKind !== "message") return undefined;
  const deeper = findFieldPath(field.message, rest.join("."));
  return deeper && [field, ...deeper];
}

/** The path by proto names, as errors and validation write it. */
export function fieldPathName(path: FieldPath): string {
  return path.map(({ name }) => name).join(".");
}

/** The reader of the field at the path's end; undefined where strings cannot say its value: maps and most messages. */
export function parameterReader(path: FieldPath, readers: Readers, place: Place = setField): ReadParameter | undefined {
  const field = path[path.length - 1] as DescField;
  const read = textReader(field, readers);
  if (read === undefined) return undefined;
  const set = field.fieldKind === "list" ? listSetter(field, read) : singleSetter(field, read, place);
  return (message, texts, problems) => {
    for (const { name } of path) problems.enter(name);
    const holder = holderOf(message, path, problems, place);
    if (holder !== undefined) set(holder, texts, problems);
    for (const _ of path) problems.leave();
  };
}

/** Sets a field whatever else was set, also in its oneof. */
export function overwriteField(message: Fields, field: DescField, value: unknown): void {
  if (field.oneof === undefined) message[field.localName] = value;
  else message[field.oneof.localName] = { case: field.localName, value };
}

function singleSetter(field: DescField, read: ReadValue, place: Place): ReadParameter {
  return (holder, texts, problems) => {
    const value = texts.length === 1 ? read(texts[0], problems) : problems.add("must be given once", "duplicate_field");
    if (value !== refused) place(holder, field, value, problems);
  };
}

function listSetter(field: DescField, read: ReadValue): ReadParameter {
  return (holder, texts, problems) => {
    const items = holder[field.localName] as unknown[];
    texts.forEach((text, index) => {
      problems.enter(index);
      const item = read(text, problems);
      if (item !== refused) items.push(item);
      problems.leave();
    });
  };
}

/** The message that holds the last field, made where it is not there yet. Undefined, with a problem noted, where a oneof forbids it. */
function holderOf(message: Fields, path: FieldPath, problems: Problems, place: Place): Fields | undefined {
  let holder: Fields | undefined = message;
  for (const field of path.slice(0, -1)) {
    if (holder === undefined || field.message === undefined) return undefined;
    if (childOf(holder, field) === undefined) place(holder, field, create(field.message), problems);
    holder = childOf(holder, field);
  }
  return holder;
}

function childOf(message: Fields, field: DescField): Fields | undefined {
  if (field.oneof === undefined) return message[field.localName] as Fields | undefined;
  const chosen = message[field.oneof.localName] as { readonly case: string | undefined; readonly value?: Fields };
  return chosen.case === field.localName ? chosen.value : undefined;
}

const stringMessages: ReadonlySet<string> = new Set(["Timestamp", "Duration", "FieldMask"].map((name) => `google.protobuf.${name}`));

function textReader(field: DescField, readers: Readers): ReadValue | undefined {
  if (field.fieldKind === "map") return undefined;
  const read = readers.value(field);
  if (field.enum !== undefined) return (text, problems) => read(enumOf(text), problems);
  const wrapper = field.message !== undefined && isWrapperDesc(field.message);
  if (field.message !== undefined && !wrapper && !stringMessages.has(field.message.typeName)) return undefined;
  const scalar = wrapper ? wrappedScalar(field.message) : field.scalar;
  return scalar === ScalarType.BOOL ? (text, problems) => read(boolOf(text), problems) : read;
}

function boolOf(text: unknown): unknown {
  return text === "true" ? true : text === "false" ? false : text;
}

function enumOf(text: unknown): unknown {
  return typeof text === "string" && /^-?\d{1,10}$/.test(text) ? Number(text) : text;
}
