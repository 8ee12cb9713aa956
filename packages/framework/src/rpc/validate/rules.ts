/** What a request's type says of its rules, found out once per type: the hot path asks nothing of descriptors. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import type { Rule } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { field as fieldRules, message as messageRules, oneof as oneofRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { sensitive } from "../../gen/arcana/access/v1/access_pb.ts";
import { reachableMessages } from "./reachable.ts";

export interface TypeRules {
  /** Whether any rule can apply to a message of the type. */
  readonly some: boolean;
  /** Whether a message of the type can hold a secret. */
  readonly secrets: boolean;
  /** The texts that the contract itself gives to its CEL rules: they cannot hold a value of the request. */
  readonly declaredTexts: ReadonlySet<string>;
}

const known = new WeakMap<DescMessage, TypeRules>();

/** The rules of a message type and of all types within it. */
export function rulesOf(type: DescMessage): TypeRules {
  let rules = known.get(type);
  if (rules === undefined) {
    rules = readRules(type);
    known.set(type, rules);
  }
  return rules;
}

function readRules(type: DescMessage): TypeRules {
  const messages = [...reachableMessages(type)];
  const fields = messages.flatMap((message) => message.fields);
  const cel = [...messages.flatMap(celOfMessage), ...fields.flatMap(celOfField)];
  return {
    some: messages.some(hasOwnRules) || fields.some((field) => hasOption(field, fieldRules)),
    secrets: fields.some(isSensitive),
    declaredTexts: new Set(cel.map(({ message, expression }) => message || `"${expression}" returned false`)),
  };
}

/** Whether rules stand on the message itself or on its oneofs. */
export function hasOwnRules(message: DescMessage): boolean {
  return hasOption(message, messageRules) || message.oneofs.some((oneof) => getOption(oneof, oneofRules).required);
}

function celOfMessage(message: DescMessage): readonly Rule[] {
  return hasOption(message, messageRules) ? getOption(message, messageRules).cel : [];
}

function celOfField(field: DescField): readonly Rule[] {
  return hasOption(field, fieldRules) ? getOption(field, fieldRules).cel : [];
}

/** Whether the contract says that the field holds a secret. */
export function isSensitive(field: DescField): boolean {
  return hasOption(field, sensitive) && getOption(field, sensitive);
}
