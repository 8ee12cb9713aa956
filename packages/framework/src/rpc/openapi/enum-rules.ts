import type { DescEnum } from "@bufbuild/protobuf";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Ignore } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { enumNames } from "../json/enum-names.ts";
import { declaredRules } from "../validate/declared-rules.ts";
import type { Schema } from "./model.ts";

/** The schema of those values that the rules leave of an enum's; `all` where they leave all. */
export function enumWithRules(type: DescEnum, all: Schema, rules: FieldRules | undefined): Schema {
  if (rules?.type.case !== "enum" || rules.ignore === Ignore.ALWAYS) return all;
  const { single, lists } = declaredRules(rules);
  const [only, within, without] = [single.get("const"), lists.get("in"), lists.get("not_in")];
  const left = [...enumNames(type).byNumber].filter(
    ([number]) =>
      (number === 0 && rules.ignore === Ignore.IF_ZERO_VALUE) ||
      ((only ?? number) === number && (within?.includes(number) ?? true) && !without?.includes(number)),
  );
  return left.length === enumNames(type).byNumber.size ? all : { type: "string", enum: left.map(([, name]) => name) };
}
