/**
 * Messages out of JSON values, by functions that are compiled from their descriptors.
 *
 * The form is protobuf's JSON mapping: fields by their proto name or in lowerCamelCase, `null` for unset. Beyond it,
 * enum values may have their REST names, and unknown fields are ignored unless the decoder is strict. Stricter than it
 * in three things, since a silent mistake is worse than an error: unknown enum names are always refused, so are 64-bit
 * integers that came as numbers too large to be exact, and numbers in strings that JSON's grammar does not have.
 */
import type { DescField, DescMessage, Message, MessageShape, Registry } from "@bufbuild/protobuf";
import { create, createRegistry } from "@bufbuild/protobuf";
import { enumReader } from "./enum-value.ts";
import { localForm, nullIsValue, wrappedScalar } from "./field-form.ts";
import { mapKeyReader } from "./map-key.ts";
import { Problems, refused } from "./problems.ts";
import type { ReadValue } from "./scalar-value.ts";
import { scalarReader } from "./scalar-value.ts";
import { isObject, readJsonObject, wellKnownReader } from "./well-known-value.ts";

export interface DecoderOptions {
  /** Whether fields that the message does not have are refused. Default: false, so that clients may be newer than servers. */
  readonly strict?: boolean;
  /** The message types that a `google.protobuf.Any` may hold. Default: none. */
  readonly types?: Registry;
}

/**
 * Makes a message of what JSON's parser made.
 * @throws INVALID_ARGUMENT naming every field (up to a limit) whose value is of the wrong type or form.
 */
export type Decoder<D extends DescMessage = DescMessage> = (json: unknown) => MessageShape<D>;

/** Compiles the decoder of a message type; once for the same options. */
export function compileDecoder<D extends DescMessage>(desc: D, options: DecoderOptions = {}): Decoder<D> {
  const read = readersOf(options).message(desc);
  return (json) => {
    const problems = new Problems();
    const message = read(json, problems);
    problems.throwIfAny();
    return message as MessageShape<D>;
  };
}

/** Reads the value of a field, which may be `null`, and sets it. */
export type ReadField = (message: Fields, json: unknown, problems: Problems) => void;

/** A message as what it is beneath: protobuf-es keeps its fields as plain properties. */
export type Fields = Record<string, unknown>;

interface NamedField {
  /** Its proto name, for errors. */
  readonly name: string;
  readonly read: ReadField;
}

const noTypes = createRegistry();
const cache = new WeakMap<Registry, { lenient?: Readers; strict?: Readers }>();

/** The readers of all message types, compiled as they are asked for. The same options give the same readers. */
export function readersOf({ strict = false, types = noTypes }: DecoderOptions): Readers {
  const known = cache.get(types) ?? {};
  cache.set(types, known);
  const kind = strict ? "strict" : "lenient";
  const readers = known[kind] ?? new Readers(strict, types);
  known[kind] = readers;
  return readers;
}

/** Compiles readers for one set of options, once a message type. */
export class Readers {
  readonly strict: boolean;
  readonly #types: Registry;
  readonly #messages = new WeakMap<DescMessage, ReadValue>();

  constructor(strict: boolean, types: Registry) {
    this.strict = strict;
    this.#types = types;
  }

  /** The reader that makes a message of the type. */
  message(desc: DescMessage): ReadValue {
    const known = this.#messages.get(desc);
    if (known !== undefined) return known;
    const wellKnown = wellKnownReader(desc, this.#types, (inner) => this.message(inner));
    if (wellKnown === undefined) return this.#ordinary(desc);
    this.#messages.set(desc, wellKnown);
    return wellKnown;
  }

  /** The reader that sets a field of a message; `null` leaves it as it is. */
  field(field: DescField): ReadField {
    switch (field.fieldKind) {
      case "list":
        return this.#list(field);
      case "map":
        return this.#map(field);
      default:
        return singularReader(field, this.value(field));
    }
  }

  /** The reader of a value of the field: of an item where it is a list, of an entry's value where it is a map. */
  value(field: DescField): ReadValue {
    if (field.enum !== undefined) return enumReader(field.enum);
    if (field.message === undefined) return scalarReader(field.scalar, "longAsString" in field && field.longAsString);
    switch (localForm(field)) {
      case "object":
        return readJsonObject;
      case "wrapped":
        return scalarReader(wrappedScalar(field.message));
      case "message":
        return this.message(field.message);
    }
  }

  #ordinary(desc: DescMessage): ReadValue {
    const fields = new Map<string, NamedField>();
    const reader: ReadValue = (json, problems) => {
      if (!isObject(json)) return problems.add("must be an object", "type.object");
      const message = create(desc) as Message & Fields;
      if (problems.dive()) this.#members(message, json, fields, problems);
      problems.rise();
      return message;
    };
    // Known before its fields are compiled: one of them may be of this very type.
    this.#messages.set(desc, reader);
    for (const field of desc.fields) {
      const named: NamedField = { name: field.name, read: this.field(field) };
      fields.set(field.name, named).set(field.jsonName, named);
    }
    return reader;
  }

  #members(message: Fields, json: Fields, fields: ReadonlyMap<string, NamedField>, problems: Problems): void {
    for (const key of Object.keys(json)) {
      const field = fields.get(key);
      if (field === undefined && !this.strict) continue;
      problems.enter(field?.name ?? [key]);
      if (field === undefined) problems.add("is no field here", "unknown_field");
      else if (key !== field.name && Object.hasOwn(json, field.name)) problems.add(`is given twice, also as ${key}`, "duplicate_field");
      else field.read(message, json[key], problems);
      problems.leave();
    }
  }

  #list(field: DescField): ReadField {
    const read = this.value(field);
    const takesNull = nullIsValue(field);
    return (message, json, problems) => {
      if (json === null) return;
      if (!Array.isArray(json)) {
        problems.add("must be an array", "type.list");
        return;
      }
      const items = message[field.localName] as unknown[];
      for (let index = 0; index < json.length; index++) {
        problems.enter(index);
        const item = json[index] === null && !takesNull ? problems.add("must not be null", "null_item") : read(json[index], problems);
        if (item !== refused) items.push(item);
        problems.leave();
      }
    };
  }

  #map(field: DescField & { readonly fieldKind: "map" }): ReadField {
    const read = this.value(field);
    const readKey = mapKeyReader(field.mapKey);
    const takesNull = nullIsValue(field);
    return (message, json, problems) => {
      if (json === null) return;
      if (!isObject(json)) {
        problems.add("must be an object", "type.map");
        return;
      }
      const entries = message[field.localName] as Fields;
      for (const key of Object.keys(json)) {
        problems.enter([key]);
        const known = readKey(key, problems);
        const value = json[key] === null && !takesNull ? problems.add("must not be null", "null_item") : read(json[key], problems);
        if (known !== refused && value !== refused) setOwn(entries, known, value);
        problems.leave();
      }
    };
  }
}

function singularReader(field: DescField, read: ReadValue): ReadField {
  const takesNull = nullIsValue(field);
  return (message, json, problems) => {
    if (json === null && !takesNull) return;
    const value = read(json, problems);
    if (value !== refused) setField(message, field, value, problems);
  };
}

/** Sets a singular field, once a oneof. */
export function setField(message: Fields, field: DescField, value: unknown, problems: Problems): void {
  if (field.oneof === undefined) {
    message[field.localName] = value;
    return;
  }
  const { case: other } = message[field.oneof.localName] as { readonly case: string | undefined };
  if (other === undefined) message[field.oneof.localName] = { case: field.localName, value };
  else problems.add(`cannot be set beside another member of ${field.oneof.name}`, "oneof");
}

/** Sets an entry of a map whose key is the client's, and may be `__proto__`. */
function setOwn(entries: Fields, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true });
  else entries[key] = value;
}
