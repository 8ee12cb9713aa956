import { ArcanaError } from "@arcana/framework/error";
import type { EventPublisher } from "@arcana/framework/events";
import { domainError } from "../domain/errors.ts";
import type { Actor, Email, Role, Status, User, UserId, Username } from "../domain/user.ts";
import type { UserChange } from "../domain/user-change.ts";
import { isUnchanged } from "../domain/user-change.ts";
import type { ProfileChange } from "../domain/user-decisions.ts";
import { changeProfile, changeRole, changeStatus, remove } from "../domain/user-decisions.ts";
import type { AuditAction } from "./audit-actions.ts";
import type { ChangePassword } from "./change-password.ts";
import { createChangePassword } from "./change-password.ts";
import type { Circumstances } from "./circumstances.ts";
import { actorOf } from "./circumstances.ts";
import type { GuessPolicies } from "./guess-limits.ts";
import { createFindGuessLimits } from "./guess-limits.ts";
import { createCheckPassword } from "./password-check.ts";
import type { AttemptRepository, AuditLog, Clock, Passwords, SessionRepository, UserPage, UserQuery, UserRepository } from "./ports.ts";
import type { Note } from "./record-trail.ts";
import { createRecordTrail } from "./record-trail.ts";
import type { Registration } from "./register-user.ts";
import { createRegisterUser } from "./register-user.ts";
import { retryOnConflict } from "./retry-on-conflict.ts";
import type { IsWeakPassword } from "./strong-password.ts";
import { createRequireStrongPassword } from "./strong-password.ts";
import { createThrottle } from "./throttle.ts";
import { createWriteUser } from "./write-user.ts";

/** The use cases of administering users. Who may call which one the contract says; here stands whom it may be done to. */
export interface UserService {
  /** @throws USER_NOT_FOUND */
  get(id: UserId, under: Circumstances): Promise<User>;
  /** @throws USER_NOT_FOUND */
  getByUsername(username: Username | undefined, under: Circumstances): Promise<User>;
  list(query: UserQuery, under: Circumstances): Promise<UserPage>;
  /** @throws UNAUTHORIZED, VALIDATION_ERROR, WEAK_PASSWORD, USERNAME_TAKEN, EMAIL_TAKEN, OVERLOADED */
  create(registration: Registration, under: Circumstances): Promise<User>;
  /** @throws USER_NOT_FOUND, ROLE_TOO_HIGH, VALIDATION_ERROR, CONFLICT */
  changeProfile(id: UserId, change: ProfileChange, under: Circumstances): Promise<User>;
  /** @throws USER_NOT_FOUND, ROLE_TOO_HIGH, LAST_SUPERADMIN, CONFLICT */
  changeRole(id: UserId, role: Role, under: Circumstances): Promise<User>;
  /** @throws USER_NOT_FOUND, ROLE_TOO_HIGH, INVALID_STATUS_TRANSITION, LAST_SUPERADMIN, CONFLICT */
  changeStatus(id: UserId, change: { readonly status: Status; readonly reason: string | undefined }, under: Circumstances): Promise<User>;
  /** @throws USER_NOT_FOUND, ROLE_TOO_HIGH, LAST_SUPERADMIN, CONFLICT */
  remove(id: UserId, under: Circumstances): Promise<void>;
  readonly changePassword: ChangePassword;
  usernameExists(username: Username | undefined, under: Circumstances): Promise<boolean>;
  emailExists(email: Email | undefined, under: Circumstances): Promise<boolean>;
}

export interface UserServiceDeps {
  readonly users: UserRepository;
  readonly sessions: Pick<SessionRepository, "isKnownNetwork">;
  readonly audit: AuditLog;
  readonly attempts: AttemptRepository;
  readonly passwords: Passwords;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  /** Makes UUIDv7s. */
  readonly newId: () => string;
  readonly isWeakPassword: IsWeakPassword;
  readonly throttle: GuessPolicies;
}

/** A decision about a user, waiting for the user as they are. */
type Decide = (user: User, by: Actor, at: Date) => UserChange;

export function createUserService(deps: UserServiceDeps): UserService {
  const { users, clock } = deps;
  const recordTrail = createRecordTrail(deps);
  const writeUser = createWriteUser({ ...deps, recordTrail });
  const requireStrongPassword = createRequireStrongPassword(deps.isWeakPassword);
  const registerUser = createRegisterUser({ ...deps, requireStrongPassword });
  const findGuessLimits = createFindGuessLimits({ ...deps, policies: deps.throttle });
  const checkPassword = createCheckPassword({ ...deps, findGuessLimits, throttle: createThrottle(deps) });

  async function get(id: UserId, { signal }: Circumstances): Promise<User> {
    const user = await users.find(id, signal);
    if (user === undefined) throw domainError("USER_NOT_FOUND", `there is no user ${id}`);
    return user;
  }

  async function change(id: UserId, action: AuditAction, decide: Decide, under: Circumstances): Promise<User> {
    const by = actorOf(under);
    const attempt = async () => {
      const user = await get(id, under);
      const decision = decide(user, by, clock.now());
      if (!isUnchanged(decision)) await writeUser(decision, { notes: [noteOf(action, decision)] }, under);
      return decision.after;
    };
    try {
      return await retryOnConflict(attempt);
    } catch (error) {
      if (isRefusal(error)) await recordRefusal({ action, resource: { type: "user", id }, refusal: error.reason }, under);
      throw error;
    }
  }

  async function recordRefusal(note: Note, under: Circumstances): Promise<void> {
    await deps.audit.append(recordTrail({ at: clock.now(), notes: [note] }, under).audit);
  }

  return {
    get,
    async getByUsername(username, { signal }) {
      const user = username === undefined ? undefined : await users.findByUsername(username, signal);
      if (user === undefined) throw domainError("USER_NOT_FOUND", "there is no user of that name");
      return user;
    },
    list: (query, { signal }) => users.list(query, signal),
    async create(registration, under) {
      actorOf(under);
      return registerUser(registration, "administration", under, async (change, record) => {
        await writeUser(change, record, under);
        return change.after;
      });
    },
    changeProfile: (id, profile, under) => change(id, "user.updated", (user, by, at) => changeProfile(user, profile, by, at), under),
    changeRole: (id, role, under) => change(id, "user.role_changed", (user, by, at) => changeRole(user, role, by, at), under),
    changeStatus: (id, to, under) => change(id, "user.status_changed", (user, by, at) => changeStatus(user, to, by, at), under),
    async remove(id, under) {
      await change(id, "user.deleted", remove, under);
    },
    changePassword: createChangePassword({ ...deps, recordTrail, checkPassword, requireStrongPassword, writeUser }),
    async usernameExists(username, { signal }) {
      return username !== undefined && (await users.findByUsername(username, signal)) !== undefined;
    },
    async emailExists(email, { signal }) {
      return email !== undefined && (await users.findByEmail(email, signal)) !== undefined;
    },
  };
}

/** The details are what the event says, without whose they are: the entry says that itself. */
function noteOf(action: AuditAction, { after, events }: UserChange): Note {
  const details = events.flatMap(({ payload }) => Object.entries(payload)).filter(([key]) => key !== "user_id");
  return { action, resource: { type: "user", id: after.id }, details: Object.fromEntries(details) };
}

/** Whether the rules forbade it, rather than that something failed: worth an entry in the audit log. */
function isRefusal(error: unknown): error is ArcanaError {
  return error instanceof ArcanaError && (error.code === "permission_denied" || error.code === "failed_precondition");
}
