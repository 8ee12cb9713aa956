import type { ErrorKind } from "@arcana/framework/error";
import { errorTable } from "@arcana/framework/error";

/** The reasons of the domain, beside those of the framework. */
export const domainErrors = {
  USER_NOT_FOUND: { code: "not_found", about: "There is no living user of that id or name." },
  SESSION_NOT_FOUND: { code: "not_found", about: "The caller has no living session of that id." },
  USERNAME_TAKEN: { code: "already_exists", about: "Another living user has the username." },
  EMAIL_TAKEN: { code: "already_exists", about: "Another living user has the mail address." },
  ROLE_TOO_HIGH: { code: "permission_denied", about: "Nobody acts on a user of a higher role, or hands out a role above their own." },
  LAST_SUPERADMIN: { code: "failed_precondition", about: "The last superadmin cannot be demoted, suspended or deleted." },
  INVALID_STATUS_TRANSITION: { code: "failed_precondition", about: "A user cannot move from the present status to the one asked for." },
  INVALID_CREDENTIALS: { code: "unauthenticated", family: "INVALID_CREDENTIALS", about: "The name or the password is wrong." },
  ACCOUNT_SUSPENDED: { code: "permission_denied", family: "ACCOUNT_SUSPENDED", about: "The password was right; the account is suspended." },
  ACCOUNT_LOCKED: { code: "permission_denied", family: "ACCOUNT_LOCKED", about: "The password was right; the account is locked." },
  TOKEN_REUSED: {
    code: "unauthenticated",
    family: "TOKEN_REUSED",
    about: "A spent refresh token was used again: its session has been ended.",
  },
  WEAK_PASSWORD: {
    code: "invalid_argument",
    family: "VALIDATION_ERROR",
    http: 422,
    about: "The password is among the most common ones, or is the account's own name.",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** Makes an error of one of the domain's reasons. */
export const domainError = errorTable(domainErrors);
