import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** The time as a message. Written out, since `create` takes several times as long and every user has three of them. */
export function toTimestamp(date: Date): Timestamp {
  return timestampOf(date.getTime());
}

export function timestampOf(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}
