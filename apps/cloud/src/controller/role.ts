import { frameworkError } from "@arcana/framework/error";
import type { Role } from "../domain/user.ts";
import { UserRole } from "../gen/arcana/user/v1/user_pb.ts";

const toProto = {
  user: UserRole.USER,
  moderator: UserRole.MODERATOR,
  admin: UserRole.ADMIN,
  superadmin: UserRole.SUPERADMIN,
} as const satisfies Readonly<Record<Role, UserRole>>;

const fromProto: ReadonlyMap<number, Role> = new Map(Object.entries(toProto).map(([role, value]) => [value, role as Role]));

export function toProtoRole(role: Role): UserRole {
  return toProto[role];
}

/** @throws INVALID_ARGUMENT for a value that is none: unspecified, or newer than this server. */
export function fromProtoRole(value: number): Role {
  const role = fromProto.get(value);
  if (role === undefined) throw frameworkError("INVALID_ARGUMENT", `${value} is no role`);
  return role;
}
