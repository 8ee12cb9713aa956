import type { DescMessage } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { message as messageOption, oneof as oneofOption } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { celNotes } from "./constraints.ts";

/** What a message's own rules and oneofs say in words: JSON Schema can say it only at length. */
export function messageNotes(type: DescMessage): string[] {
  const oneofs = type.oneofs.map((oneof) => {
    const names = oneof.fields.map(({ name }) => `\`${name}\``).join(", ");
    return hasOption(oneof, oneofOption) && getOption(oneof, oneofOption).required
      ? `Exactly one of ${names}.`
      : `At most one of ${names}.`;
  });
  if (!hasOption(type, messageOption)) return oneofs;
  const rules = getOption(type, messageOption);
  const groups = rules.oneof.map(
    ({ fields, required }) => `${required ? "Exactly" : "At most"} one of ${fields.map((name) => `\`${name}\``).join(", ")}.`,
  );
  return [...oneofs, ...groups, ...celNotes(rules)];
}
