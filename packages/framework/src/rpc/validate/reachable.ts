import type { DescMessage } from "@bufbuild/protobuf";

/** The message type and every type that its fields can hold, however deep; each once, so recursive types end. */
export function reachableMessages(root: DescMessage): ReadonlySet<DescMessage> {
  const found = new Set([root]);
  // A set that grows while it is walked is walked to its end.
  for (const message of found) {
    for (const { message: held } of message.fields) if (held !== undefined) found.add(held);
  }
  return found;
}
