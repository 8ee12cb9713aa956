import { frameworkError } from "@arcana/framework/error";
import type { Status } from "../domain/user.ts";
import { UserStatus } from "../gen/arcana/user/v1/user_pb.ts";

const toProto = {
  pending_verification: UserStatus.PENDING_VERIFICATION,
  active: UserStatus.ACTIVE,
  suspended: UserStatus.SUSPENDED,
  locked: UserStatus.LOCKED,
  deleted: UserStatus.DELETED,
} as const satisfies Readonly<Record<Status, UserStatus>>;

const fromProto: ReadonlyMap<number, Status> = new Map(Object.entries(toProto).map(([status, value]) => [value, status as Status]));

export function toProtoStatus(status: Status): UserStatus {
  return toProto[status];
}

/** @throws INVALID_ARGUMENT for a value that is none: unspecified, or newer than this server. */
export function fromProtoStatus(value: number): Status {
  const status = fromProto.get(value);
  if (status === undefined) throw frameworkError("INVALID_ARGUMENT", `${value} is no status`);
  return status;
}
