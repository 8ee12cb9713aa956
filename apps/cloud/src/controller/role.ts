import type { Role } from "../domain/user.ts";
import { UserRole } from "../gen/arcana/user/v1/user_pb.ts";
import { enumMapping } from "./enum-mapping.ts";

export const { toProto: toProtoRole, fromProto: fromProtoRole } = enumMapping<Role, UserRole>("role", {
  user: UserRole.USER,
  moderator: UserRole.MODERATOR,
  admin: UserRole.ADMIN,
  superadmin: UserRole.SUPERADMIN,
});
