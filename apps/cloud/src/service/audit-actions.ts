/** Every `action` of the audit log. An entry with `success: false` records that it was tried and refused. */
export const auditActions = {
  "user.registered": "Somebody registered.",
  "user.created": "An administrator created a user.",
  "user.bootstrapped": "The first administrator was created, by configuration or by command.",
  "user.updated": "A profile was changed.",
  "user.role_changed": "A user was given another role.",
  "user.status_changed": "A user was moved to another status.",
  "user.deleted": "A user was deleted.",
  "auth.login": "Somebody logged in.",
  "auth.logout": "A user ended a session by logging out, or all of them: then the resource is the user, and the details tell how many.",
  "auth.session_revoked": "A user ended one of their sessions from another.",
  "auth.token_reused": "A spent refresh token was used again; its session was ended.",
  "auth.password_changed": "A user changed the password.",
} as const satisfies Readonly<Record<string, string>>;

export type AuditAction = keyof typeof auditActions;
