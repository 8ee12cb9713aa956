import type { DescEnum } from "@bufbuild/protobuf";
import { enumNames } from "./enum-names.ts";
import type { ReadValue } from "./scalar-value.ts";

/** How many of an enum's names an error lists. */
const maxListed = 12;

/**
 * The reader of an enum: its REST names, its values' own names, and numbers. A number that the contract does not
 * have is taken where the enum is open (proto3): refusing it is the business of validation.
 */
export function enumReader(desc: DescEnum): ReadValue {
  if (desc.typeName === "google.protobuf.NullValue")
    return (json, problems) => (isNullValue(json) ? 0 : problems.add("must be null", "type.enum"));
  const { byName, byNumber } = enumNames(desc);
  const listed = [...byNumber.values()];
  const message = `must be one of ${listed.slice(0, maxListed).join(", ")}${listed.length > maxListed ? " …" : ""}`;
  return (json, problems) => {
    if (typeof json === "string") return byName.get(json) ?? problems.add(message, "type.enum");
    const known = typeof json === "number" && (desc.open ? (json | 0) === json : byNumber.has(json));
    return known ? json : problems.add(message, "type.enum");
  };
}

function isNullValue(json: unknown): boolean {
  return json === null || json === "NULL_VALUE" || json === 0;
}
