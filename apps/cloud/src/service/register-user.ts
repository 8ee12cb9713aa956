import { parseEmail } from "../domain/email.ts";
import { domainError } from "../domain/errors.ts";
import { parseUserId } from "../domain/id.ts";
import { invalidField } from "../domain/invalid-field.ts";
import type { NewUser, Origin } from "../domain/new-user.ts";
import { createUser } from "../domain/new-user.ts";
import { parsePassword } from "../domain/password.ts";
import { parsePersonName } from "../domain/person-name.ts";
import type { Email, PasswordHash, User, Username } from "../domain/user.ts";
import type { UserChange } from "../domain/user-change.ts";
import { parseUsername, usernameFrom, withSuffix } from "../domain/username.ts";
import type { Circumstances } from "./circumstances.ts";
import { hasReason } from "./has-reason.ts";
import type { Clock, Passwords, UserRepository } from "./ports.ts";
import type { Note } from "./record-trail.ts";
import type { RequireStrongPassword } from "./strong-password.ts";

/** Who is to become a user, as they wrote it. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  /** Undefined: made from the mail address, and made unique. */
  readonly username?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  /** The whole name; split where the names apart are undefined. */
  readonly name?: string | undefined;
}

/** @throws VALIDATION_ERROR, WEAK_PASSWORD, USERNAME_TAKEN, EMAIL_TAKEN, OVERLOADED */
export type RegisterUser = <T>(registration: Registration, origin: Origin, under: Circumstances, write: WriteNewUser<T>) => Promise<T>;

/** Writes the new user, and whatever begins with them. Called again, under another name, where it throws USERNAME_TAKEN for a derived one. */
export type WriteNewUser<T> = (
  change: UserChange,
  record: { readonly notes: readonly Note[]; readonly passwordHash: PasswordHash },
) => Promise<T>;

export interface RegisterUserDeps {
  readonly users: UserRepository;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly requireStrongPassword: RequireStrongPassword;
}

export function createRegisterUser(deps: RegisterUserDeps): RegisterUser {
  const { users, passwords, clock, newId } = deps;

  /** Spares the hashing where the answer is plain; the write decides. */
  async function requireFree(email: Email, username: Username | undefined, signal: AbortSignal | undefined): Promise<void> {
    if ((await users.findByEmail(email, signal)) !== undefined) throw emailTaken(email);
    if (username !== undefined && (await users.findByUsername(username, signal)) !== undefined) throw usernameTaken(username);
  }

  return async (registration, origin, under, writeNew) => {
    const email = parseEmail(registration.email);
    const chosen = registration.username === undefined ? undefined : parseUsername(registration.username);
    const name = parsePersonName(registration);
    const password = parsePassword("password", registration.password);
    deps.requireStrongPassword("password", password, { username: chosen ?? usernameFrom(email), email });
    await requireFree(email, chosen, under.signal);
    const passwordHash = await passwords.hash(password, under.signal);

    const write = (username: Username) => {
      const values: NewUser = { id: parseUserId(newId()), username, email, ...name };
      const change = createUser(values, origin, clock.now());
      return writeNew(change, { notes: [noteOf(change.after, origin)], passwordHash });
    };
    return chosen === undefined ? writeUnderFreeName(usernameFrom(email), write, under.signal) : write(chosen);
  };

  async function writeUnderFreeName<T>(
    base: Username,
    write: (username: Username) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (const candidate of candidates(base, newId)) {
      if ((await users.findByUsername(candidate, signal)) !== undefined) continue;
      try {
        return await write(candidate);
      } catch (error) {
        if (!hasReason(error, "USERNAME_TAKEN")) throw error;
      }
    }
    throw invalidField("username", "required", "no free name could be made from the mail address; choose one");
  }
}

/** The name itself, then short suffixes, then ones that nobody else will come upon. */
function* candidates(base: Username, newId: () => string): Generator<Username> {
  yield base;
  for (const suffix of ["2", "3", "4"]) yield withSuffix(base, suffix);
  for (let attempt = 0; attempt < 3; attempt++) yield withSuffix(base, newId().slice(-8));
}

const actions = { registration: "user.registered", administration: "user.created", bootstrap: "user.bootstrapped" } as const;

function noteOf(user: User, origin: Origin): Note {
  const note = { action: actions[origin], resource: { type: "user", id: user.id }, details: { username: user.username } } as const;
  return origin === "registration" ? { ...note, userId: user.id } : note;
}

function emailTaken(email: Email) {
  return domainError("EMAIL_TAKEN", `the mail address ${email} is in use`);
}

function usernameTaken(username: Username) {
  return domainError("USERNAME_TAKEN", `the username ${username} is in use`);
}
