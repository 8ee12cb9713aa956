/** Every migration by its name, in the order in which they are applied. A released one is never changed: the next one corrects it. */
import type { Migrations } from "@arcana/framework/data";
import { users } from "./0001-users.ts";
import { oauthTokens } from "./0002-oauth-tokens.ts";
import { auditLogs } from "./0003-audit-logs.ts";
import { loginAttempts } from "./0004-login-attempts.ts";
import { tokenNetworks } from "./0005-token-networks.ts";

export const migrations: Migrations = {
  "0001_users": users,
  "0002_oauth_tokens": oauthTokens,
  "0003_audit_logs": auditLogs,
  "0004_login_attempts": loginAttempts,
  "0005_token_networks": tokenNetworks,
};
