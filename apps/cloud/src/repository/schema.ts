/** The tables, in Kysely's way. Moments are milliseconds since the epoch; a flag is read as a number where a database has no booleans. */
import type { Database } from "@arcana/framework/data";
import type { ColumnType, Kysely, Selectable } from "kysely";
import type { Role, Status } from "../domain/user.ts";

type Flag = ColumnType<boolean | number, boolean, boolean>;

export interface UsersTable {
  id: string;
  username: string;
  /** As it is compared; NULL for the deleted, whose name is free. */
  username_key: string | null;
  email: string;
  email_key: string | null;
  /** NULL for the deleted. */
  password_hash: string | null;
  first_name: string | null;
  last_name: string | null;
  role: Role;
  status: Status;
  email_verified: Flag;
  avatar_url: string | null;
  search_text: string;
  last_login_at: number | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

interface OauthTokensTable {
  id: string;
  user_id: string;
  token_hash: string;
  family_id: string;
  family_started_at: number;
  device_id: string | null;
  user_agent: string | null;
  ip_address: string | null;
  /** Of the address, as far as it tells one client from another. Stays when the token is spent. */
  network: string | null;
  expires_at: number;
  revoked: Flag;
  revoked_at: number | null;
  created_at: number;
  last_used_at: number;
}

interface AuditLogsTable {
  id: string;
  user_id: string | null;
  action: string;
  resource_type: string;
  resource_id: string | null;
  /** JSON. */
  details: string;
  ip_address: string | null;
  user_agent: string | null;
  success: Flag;
  error_message: string | null;
  timestamp: number;
}

export interface LoginAttemptsTable {
  subject: string;
  failures: number;
  last_failure_at: number;
  blocked_until: number | null;
}

export interface Schema {
  users: UsersTable;
  oauth_tokens: OauthTokensTable;
  audit_logs: AuditLogsTable;
  login_attempts: LoginAttemptsTable;
}

export type CloudDatabase = Database<Schema>;
/** The query builder, within a transaction or not. */
export type Queries = Kysely<Schema>;

export type UserRow = Selectable<UsersTable>;
export type TokenRow = Selectable<OauthTokensTable>;
