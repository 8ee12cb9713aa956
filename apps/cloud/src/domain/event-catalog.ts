import type { EventPayloads, EventType } from "./events.ts";

type Catalog = {
  readonly [T in EventType]: { readonly about: string; readonly payload: { readonly [F in keyof EventPayloads[T]]: string } };
};

const user = "the user's id";

/** What each event says, for the reference documentation: complete, or it does not compile. */
export const eventCatalog: Catalog = {
  "user.created": {
    about: "A user came to be: by registration, by an administrator, or as the first superadmin.",
    payload: { user_id: user, username: "the username", email: "the mail address" },
  },
  "user.updated": { about: "A profile changed.", payload: { user_id: user, updated_fields: "the names of the fields that changed" } },
  "user.deleted": { about: "A user was deleted.", payload: { user_id: user, deleted_by: "who did it" } },
  "user.role_changed": {
    about: "A user has another role.",
    payload: { user_id: user, old_role: "the former role", new_role: "the role now", changed_by: "who did it" },
  },
  "user.status_changed": {
    about: "A user is in another status.",
    payload: {
      user_id: user,
      old_status: "the former status",
      new_status: "the status now",
      reason: "why, where it was said",
      changed_by: "who did it",
    },
  },
  "auth.login_succeeded": {
    about: "Somebody logged in.",
    payload: { user_id: user, ip_address: "from where", user_agent: "with what" },
  },
  "auth.login_failed": {
    about: "A login was refused.",
    payload: {
      username_or_email:
        "the name as it was typed where an account has it; else, since it may be a password, `sha256:` and the hex SHA-256 of it, trimmed and in lower case",
      reason: "why: `unknown_user`, `wrong_password`, `throttled`, `suspended` or `locked`",
      ip_address: "from where",
      user_agent: "with what",
    },
  },
  "auth.logout": { about: "A session ended by logging out.", payload: { user_id: user, session_id: "the session's id" } },
  "auth.token_refreshed": {
    about: "A refresh token was exchanged for its successor.",
    payload: { user_id: user, old_token_family: "the session's id", new_token_family: "the same: the family stays" },
  },
  "auth.password_changed": { about: "A password was changed.", payload: { user_id: user, changed_by: "who did it" } },
};
