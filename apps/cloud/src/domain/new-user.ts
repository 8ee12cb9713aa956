import type { PersonName } from "./person-name.ts";
import type { Email, Role, Status, User, UserId, Username } from "./user.ts";
import type { UserChange } from "./user-change.ts";

/** How each way in begins. Nobody chooses a role at creation; the bootstrap makes the first superadmin. */
const beginnings = {
  registration: { role: "user", status: "active", emailVerified: false },
  administration: { role: "user", status: "pending_verification", emailVerified: false },
  bootstrap: { role: "superadmin", status: "active", emailVerified: true },
} as const satisfies Readonly<Record<string, { readonly role: Role; readonly status: Status; readonly emailVerified: boolean }>>;

/** By which way a user comes in. */
export type Origin = keyof typeof beginnings;

export interface NewUser extends PersonName {
  readonly id: UserId;
  readonly username: Username;
  readonly email: Email;
}

export function createUser(values: NewUser, origin: Origin, at: Date): UserChange {
  const { id, username, email, firstName, lastName } = values;
  const user: User = {
    id,
    username,
    email,
    firstName,
    lastName,
    ...beginnings[origin],
    avatarUrl: undefined,
    // Who registers is in.
    lastLoginAt: origin === "registration" ? at : undefined,
    createdAt: at,
    updatedAt: at,
  };
  return {
    before: undefined,
    after: user,
    events: [{ type: "user.created", aggregateId: id, payload: { user_id: id, username, email } }],
    endSessions: { which: "none" },
  };
}
