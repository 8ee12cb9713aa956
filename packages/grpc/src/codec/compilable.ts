import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { protoInt64 } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";

/**
 * Whether this process may compile codecs at all: code generation is allowed (it is not under
 * `--disallow-code-generation-from-strings`), typed arrays are little-endian like the wire, and protobuf-es
 * represents 64-bit integers as BigInt (it does not under `BUF_BIGINT_DISABLE=1`).
 */
export const canCompile: boolean = allowsCodeGeneration() && new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 && protoInt64.supported;

function allowsCodeGeneration(): boolean {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
}

const verdicts = new WeakMap<DescMessage, boolean>();

/**
 * Whether generated code handles the type and every type reachable from it. Groups (the delimited encoding) and
 * `google.protobuf.Struct` as a field (which messages hold as plain JSON) are left to protobuf-es; a type that
 * reaches one of them is left to it as a whole, so that there is only one owner of a message's bytes.
 */
export function isCompilable(desc: DescMessage): boolean {
  const known = verdicts.get(desc);
  if (known !== undefined) return known;
  const verdict = canCompile && [...reachable(desc)].every((type) => type.fields.every(isFieldCompilable));
  verdicts.set(desc, verdict);
  return verdict;
}

function isFieldCompilable(field: DescField): boolean {
  if (field.localName === "__proto__") return false;
  if (field.message === undefined) return true;
  if ("delimitedEncoding" in field && field.delimitedEncoding) return false;
  return field.message.typeName !== "google.protobuf.Struct" || field.parent.typeName === "google.protobuf.Value";
}

function reachable(root: DescMessage): Set<DescMessage> {
  const types = new Set([root]);
  // A Set's iteration visits what is added on the way.
  for (const type of types) {
    for (const field of type.fields) if (field.message !== undefined) types.add(field.message);
  }
  return types;
}

/** The field of the wrapper type (`google.protobuf.StringValue` …) whose value stands in the message for the wrapper itself. */
export function unwrapped(field: DescField): DescField | undefined {
  if (field.fieldKind !== "message" || field.oneof !== undefined || !isWrapperDesc(field.message)) return undefined;
  return field.message.fields[0];
}
