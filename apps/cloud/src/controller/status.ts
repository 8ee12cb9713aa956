import type { Status } from "../domain/user.ts";
import { UserStatus } from "../gen/arcana/user/v1/user_pb.ts";
import { enumMapping } from "./enum-mapping.ts";

export const { toProto: toProtoStatus, fromProto: fromProtoStatus } = enumMapping<Status, UserStatus>("status", {
  pending_verification: UserStatus.PENDING_VERIFICATION,
  active: UserStatus.ACTIVE,
  suspended: UserStatus.SUSPENDED,
  locked: UserStatus.LOCKED,
  deleted: UserStatus.DELETED,
});
