import { ScalarType } from "@bufbuild/protobuf";
import type { Problems } from "./problems.ts";
import { refused } from "./problems.ts";
import { scalarReader } from "./scalar-value.ts";

/** Reads a key of a map: the text that protobuf-es keeps it under, or `refused`. */
export type ReadKey = (key: string, problems: Problems) => string | typeof refused;

/** One spelling a number, so that no key comes twice. */
const canonical = /^(?:0|-?[1-9]\d*)$/;

export function mapKeyReader(type: ScalarType): ReadKey {
  if (type === ScalarType.BOOL)
    return (key, problems) => (key === "true" || key === "false" ? key : problems.add("must have the keys true or false", "type.map_key"));
  const read = scalarReader(type);
  if (type === ScalarType.STRING) return (key, problems) => (read(key, problems) === refused ? refused : key);
  return (key, problems) => {
    if (!canonical.test(key)) return problems.add("must have whole numbers as keys", "type.map_key");
    return read(key, problems) === refused ? refused : key;
  };
}
