import type { DescEnum } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { rest_name } from "../../gen/arcana/access/v1/access_pb.ts";

/** How the values of an enum are spelled over REST. */
export interface EnumNames {
  /** The spelling that is written: the option `rest_name`, else the value's name in lower case. */
  readonly byNumber: ReadonlyMap<number, string>;
  /** The spellings that are read: those that are written, and the values' own names. */
  readonly byName: ReadonlyMap<string, number>;
}

const cache = new WeakMap<DescEnum, EnumNames>();

/** The spellings of an enum's values. @throws TypeError where one spelling would mean two values. */
export function enumNames(desc: DescEnum): EnumNames {
  const cached = cache.get(desc);
  if (cached !== undefined) return cached;
  const byNumber = new Map<number, string>();
  const byName = new Map<string, number>();
  for (const value of desc.values) {
    const restName = hasOption(value, rest_name) ? getOption(value, rest_name) : value.name.toLowerCase();
    // Of aliases of one number the first is written.
    if (!byNumber.has(value.number)) byNumber.set(value.number, restName);
    for (const name of new Set([restName, value.name])) {
      if ((byName.get(name) ?? value.number) !== value.number)
        throw new TypeError(`${desc.typeName}: ${name} would mean two of its values`);
      byName.set(name, value.number);
    }
  }
  const names: EnumNames = { byNumber, byName };
  cache.set(desc, names);
  return names;
}
