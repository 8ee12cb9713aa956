import type { ServiceImpl } from "@connectrpc/connect";
import { findEmail } from "../domain/email.ts";
import { parseUserId } from "../domain/id.ts";
import { findUsername } from "../domain/username.ts";
import type { UserService as UserContract } from "../gen/arcana/user/v1/user_pb.ts";
import type { UserService } from "../service/user-service.ts";
import { circumstancesOf } from "./circumstances.ts";
import { fromProtoRole } from "./role.ts";
import { fromProtoStatus } from "./status.ts";
import { toUserMessage, toUserResponse } from "./user-message.ts";
import { toUserQuery } from "./user-query.ts";

/** The contract `arcana.user.v1.UserService` over its use cases. */
export function userController(users: UserService): ServiceImpl<typeof UserContract> {
  return {
    async getUser({ userId }, context) {
      return toUserResponse(await users.get(parseUserId(userId), circumstancesOf(context)));
    },
    async getUserByUsername({ username }, context) {
      return toUserResponse(await users.getByUsername(findUsername(username), circumstancesOf(context)));
    },
    async listUsers(request, context) {
      const query = toUserQuery(request);
      const { users: found, totalElements } = await users.list(query, circumstancesOf(context));
      const { page, size } = query;
      return { users: found.map(toUserMessage), page, size, totalElements, totalPages: Math.ceil(totalElements / size) };
    },
    async createUser(request, context) {
      return toUserResponse(await users.create(request, circumstancesOf(context)));
    },
    async updateUser({ userId, firstName, lastName, avatarUrl }, context) {
      const change = { firstName, lastName, avatarUrl };
      return toUserResponse(await users.changeProfile(parseUserId(userId), change, circumstancesOf(context)));
    },
    async deleteUser({ userId }, context) {
      await users.remove(parseUserId(userId), circumstancesOf(context));
      return {};
    },
    async updateUserRole({ userId, role }, context) {
      return toUserResponse(await users.changeRole(parseUserId(userId), fromProtoRole(role), circumstancesOf(context)));
    },
    async updateUserStatus({ userId, status, reason }, context) {
      const change = { status: fromProtoStatus(status), reason };
      return toUserResponse(await users.changeStatus(parseUserId(userId), change, circumstancesOf(context)));
    },
    async changePassword({ userId, currentPassword, newPassword }, context) {
      const change = { current: currentPassword, next: newPassword };
      await users.changePassword(parseUserId(userId), change, circumstancesOf(context));
      return {};
    },
    async usernameExists({ username }, context) {
      return { exists: await users.usernameExists(findUsername(username), circumstancesOf(context)) };
    },
    async emailExists({ email }, context) {
      return { exists: await users.emailExists(findEmail(email), circumstancesOf(context)) };
    },
  };
}
