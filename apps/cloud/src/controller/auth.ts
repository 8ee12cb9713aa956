import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { parseSessionId } from "../domain/id.ts";
import type { Session } from "../domain/session.ts";
import type { AuthService as AuthContract, AuthResponseSchema, SessionSchema } from "../gen/arcana/auth/v1/auth_pb.ts";
import type { AuthService } from "../service/auth-service.ts";
import type { Admission } from "../service/start-session.ts";
import { circumstancesOf } from "./circumstances.ts";
import { toProtoRole } from "./role.ts";
import { timestampOf, toTimestamp } from "./timestamp.ts";
import { toUserMessage, toUserResponse } from "./user-message.ts";

/** The contract `arcana.auth.v1.AuthService` over its use cases. */
export function authController(auth: AuthService): ServiceImpl<typeof AuthContract> {
  return {
    async register(request, context) {
      return toAuthResponse(await auth.register(request, circumstancesOf(context)));
    },
    async login({ usernameOrEmail, email, password, deviceId }, context) {
      return toAuthResponse(await auth.login({ login: usernameOrEmail || email, password, deviceId }, circumstancesOf(context)));
    },
    async refreshToken({ refreshToken }, context) {
      return toAuthResponse(await auth.refresh(refreshToken, circumstancesOf(context)));
    },
    async validateToken({ accessToken }, context) {
      const validity = await auth.validateToken(accessToken, circumstancesOf(context));
      if (!validity.valid) return { valid: false, reason: validity.reason };
      const { userId, sessionId, role, expiresAtMs } = validity.claims;
      return { valid: true, userId, sessionId, role: toProtoRole(role), expiresAt: timestampOf(expiresAtMs) };
    },
    async logout({ allSessions }, context) {
      await auth.sessions.logout(allSessions ? "all" : "this", circumstancesOf(context));
      return { message: allSessions ? "logged out everywhere" : "logged out" };
    },
    async getCurrentUser(_, context) {
      return toUserResponse(await auth.currentUser(circumstancesOf(context)));
    },
    async listSessions(_, context) {
      const under = circumstancesOf(context);
      const sessions = await auth.sessions.list(under);
      return { sessions: sessions.map((session) => toSessionMessage(session, session.id === under.sessionId)) };
    },
    async revokeSession({ sessionId }, context) {
      await auth.sessions.revoke(parseSessionId(sessionId), circumstancesOf(context));
      return {};
    },
  };
}

function toAuthResponse({ accessToken, refreshToken, expiresIn, user }: Admission): MessageInitShape<typeof AuthResponseSchema> {
  return { accessToken, refreshToken, tokenType: "Bearer", expiresIn, user: toUserMessage(user) };
}

function toSessionMessage(session: Session, current: boolean): MessageInitShape<typeof SessionSchema> {
  const { id, deviceId, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt } = session;
  return {
    id,
    deviceId,
    userAgent,
    ipAddress,
    createdAt: toTimestamp(createdAt),
    lastUsedAt: toTimestamp(lastUsedAt),
    expiresAt: toTimestamp(expiresAt),
    current,
  };
}
