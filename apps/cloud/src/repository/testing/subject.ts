/** What the contract suites of the repositories work on, and the samples that they share. */
import type { RefreshToken } from "../../domain/session.ts";
import type { Email, PasswordHash, SessionId, User, UserId, Username } from "../../domain/user.ts";
import type {
  AttemptRepository,
  AuditEntry,
  AuditLog,
  SessionRepository,
  SessionStart,
  Trail,
  UserQuery,
  UserRepository,
  UserWrite,
} from "../../service/ports.ts";

/** A set of adapters over one empty store. */
export interface Subject {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly audit: AuditLog;
  readonly attempts: AttemptRepository;
  /** What the audit log holds, in the order in which it came: the port cannot read. */
  auditEntries(): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}

/** Opens a new, empty store. */
export type OpenSubject = () => Promise<Subject>;

/** 2026-01-01T00:00:00.000Z and `ms` milliseconds. */
export const at = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);

let serial = 0;
/** A UUID that was not given before. Later ones are greater. */
export function newUuid(): string {
  return `01941f29-7c00-7000-8000-${String(++serial).padStart(12, "0")}`;
}

/** The first page of all living users, the oldest first. */
export const everyone: UserQuery = {
  page: 0,
  size: 100,
  role: undefined,
  status: undefined,
  search: undefined,
  sort: { by: "created_at", direction: "asc" },
};

export const noTrail: Trail = { events: [], audit: [] };

export function anAuditEntry(values: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: newUuid(),
    userId: undefined,
    action: "auth.login_failed",
    resourceType: "user",
    resourceId: undefined,
    details: {},
    ipAddress: undefined,
    userAgent: undefined,
    success: true,
    errorMessage: undefined,
    timestamp: at(0),
    ...values,
  };
}

export const trailOf = (...actions: string[]): Trail => ({ events: [], audit: actions.map((action) => anAuditEntry({ action })) });

export interface UserValues extends Partial<Omit<User, "username" | "email">> {
  readonly username?: string;
  readonly email?: string;
}

export function aUser(values: UserValues = {}): User {
  const id = values.id ?? (newUuid() as UserId);
  const user: User = {
    id,
    username: `user-${id.slice(-6)}` as Username,
    email: `user-${id.slice(-6)}@example.org` as Email,
    firstName: undefined,
    lastName: undefined,
    role: "user",
    status: "active",
    emailVerified: false,
    avatarUrl: undefined,
    lastLoginAt: undefined,
    createdAt: at(0),
    updatedAt: at(0),
  };
  return { ...user, ...(values as Partial<User>) };
}

export const hash = (text: string): PasswordHash => `$argon2id$v=19$m=19456,t=2,p=1$${text}` as PasswordHash;

/** The write that creates the user. */
export function creation(user: User, values: Partial<UserWrite> = {}): UserWrite {
  return { before: undefined, after: user, passwordHash: hash("first"), endSessions: { which: "none" }, trail: noTrail, ...values };
}

/** The user with other values, one step further. */
export function changedUser(user: User, values: UserValues): User {
  return { ...user, ...(values as Partial<User>), updatedAt: values.updatedAt ?? new Date(user.updatedAt.getTime() + 1) };
}

/** The write that changes the user. */
export function change(before: User, values: UserValues, write: Partial<UserWrite> = {}): UserWrite {
  return { before, after: changedUser(before, values), endSessions: { which: "none" }, trail: noTrail, ...write };
}

/** Creates a user and gives it back. */
export async function givenUser({ users }: Subject, values: UserValues = {}): Promise<User> {
  const user = aUser(values);
  await users.save(creation(user));
  return user;
}

export function aToken(user: Pick<User, "id">, values: Partial<RefreshToken> = {}): RefreshToken {
  const id = newUuid();
  return {
    id,
    userId: user.id,
    tokenHash: id.replaceAll("-", "").padStart(64, "0"),
    familyId: newUuid() as SessionId,
    deviceId: undefined,
    userAgent: undefined,
    ipAddress: undefined,
    expiresAt: at(1_000_000),
    revokedAt: undefined,
    createdAt: at(0),
    lastUsedAt: at(0),
    ...values,
  };
}

export function start(token: RefreshToken, values: Partial<SessionStart> = {}): SessionStart {
  return { token, lastLoginAt: token.createdAt, maxSessions: 1000, trail: noTrail, ...values };
}

/** Starts a session of the user and gives back its first token. */
export async function givenSession(
  { sessions }: Subject,
  user: Pick<User, "id">,
  values: Partial<RefreshToken> = {},
): Promise<RefreshToken> {
  const token = aToken(user, values);
  await sessions.start(start(token));
  return token;
}

/** The token that comes after `token`. */
export function successor(token: RefreshToken, values: Partial<RefreshToken> = {}): RefreshToken {
  const createdAt = new Date(token.createdAt.getTime() + 1000);
  return aToken({ id: token.userId }, { familyId: token.familyId, deviceId: token.deviceId, createdAt, lastUsedAt: createdAt, ...values });
}

/** The reasons for which writes failed, with "written" for those that did not. */
export async function outcomes(writes: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(writes);
  return settled
    .map((result) => (result.status === "fulfilled" ? "written" : String((result.reason as { reason?: string }).reason ?? result.reason)))
    .sort();
}

/** `text`, `count` times. */
export const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text);
