/**
 * What the use cases need from outside, in their own words. Each port has two adapters or more (SQL and memory, and
 * wrappers), which pass one shared contract suite. Every method takes the caller's `signal` last.
 *
 * A write carries what must commit with it (sessions to end, audit entries, and with production data events), so that one
 * transaction does it whichever process holds the database.
 */
import type { EventEnvelope } from "@arcana/framework/events";
import type { EndSessions, RefreshToken, Session } from "../domain/session.ts";
import type { Email, PasswordHash, Role, SessionId, Status, User, UserId, Username } from "../domain/user.ts";

/** An entry of the audit log: append-only, one for every security event. */
export interface AuditEntry {
  readonly id: string;
  /** Who did it; undefined where nobody was logged in. */
  readonly userId: UserId | undefined;
  /** Such as `auth.login_failed` or `user.role_changed`. */
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly success: boolean;
  readonly errorMessage: string | undefined;
  readonly timestamp: Date;
}

/** What commits together with a write. */
export interface Trail {
  readonly events: readonly EventEnvelope[];
  readonly audit: readonly AuditEntry[];
}

/** A user with what logging in needs. */
export interface Account {
  readonly user: User;
  readonly passwordHash: PasswordHash;
}

export interface UserWrite {
  /** The user as read; the write fails with CONFLICT where the stored one has changed since (compared by `updatedAt`). Undefined: a new user. */
  readonly before: User | undefined;
  /** Its `lastLoginAt` is written for a new user only: afterwards logins alone move it. */
  readonly after: User;
  /** Set where the password changes, and always for a new user. */
  readonly passwordHash?: PasswordHash;
  readonly endSessions: EndSessions;
  /** The first token of a session that begins with the write: who registers is in, or nothing happened. */
  readonly session?: RefreshToken;
  readonly trail: Trail;
}

export const userSorts = ["created_at", "updated_at", "last_login_at", "username", "email"] as const;
export type UserSort = (typeof userSorts)[number];

export interface UserQuery {
  /** Counted from 0. */
  readonly page: number;
  /** 1 to 100. */
  readonly size: number;
  readonly role: Role | undefined;
  /** Undefined: all but the deleted. */
  readonly status: Status | undefined;
  /** Found in username, mail address and names, whatever its case; `%` and `_` stand for themselves. */
  readonly search: string | undefined;
  readonly sort: { readonly by: UserSort; readonly direction: "asc" | "desc" };
}

export interface UserPage {
  readonly users: readonly User[];
  readonly totalElements: number;
}

/** "Living" users are those not deleted; only they are found, and only their names and addresses are taken. */
export interface UserRepository {
  find(id: UserId, signal?: AbortSignal): Promise<User | undefined>;
  findByUsername(username: Username, signal?: AbortSignal): Promise<User | undefined>;
  findByEmail(email: Email, signal?: AbortSignal): Promise<User | undefined>;
  /** By id, by username or by mail address; names and addresses are compared without case. */
  findAccount(by: { readonly id: UserId } | { readonly login: string }, signal?: AbortSignal): Promise<Account | undefined>;
  list(query: UserQuery, signal?: AbortSignal): Promise<UserPage>;
  /**
   * Writes the user and all that goes with it in one transaction.
   *
   * @throws USERNAME_TAKEN, EMAIL_TAKEN: another living user has it.
   * @throws LAST_SUPERADMIN: no active superadmin would be left, decided within the transaction.
   * @throws CONFLICT: the stored user is not `before` any more.
   */
  save(write: UserWrite, signal?: AbortSignal): Promise<void>;
}

/**
 * A login: its first refresh token, and the user as the login leaves them (last login, perhaps a newer hash). `updatedAt`
 * stays as it is, so that logins at the same time do not conflict.
 */
export interface SessionStart {
  /**
   * The user as read when the password was checked; `start` fails with CONFLICT, and writes nothing, where the stored one has
   * changed since (compared by `updatedAt`): no session begins for who was suspended, deleted or given another password
   * meanwhile, and no newer hash of the former password replaces that of the present one.
   */
  readonly before?: User;
  readonly token: RefreshToken;
  readonly lastLoginAt: Date;
  /** Set where the password was hashed anew with today's parameters. */
  readonly passwordHash?: PasswordHash;
  /** How many living sessions the user may have with this one, 1 or more; beyond that the oldest end. */
  readonly maxSessions: number;
  readonly trail: Trail;
}

export interface SessionRotation {
  /** The id of the token that is spent. */
  readonly spend: string;
  /** Its successor, of the same family. */
  readonly token: RefreshToken;
  readonly trail: Trail;
}

export interface SessionRepository {
  /** The session of that id where it is alive at `now` (not ended, not expired, its user living). Read on every authenticated call. */
  findLive(id: SessionId, now: Date, signal?: AbortSignal): Promise<Session | undefined>;
  /** The user's living sessions, the newest first. */
  list(userId: UserId, now: Date, signal?: AbortSignal): Promise<readonly Session[]>;
  /**
   * Whether the living user, by id or by what was typed at a login, has a session in that network (of `networkOf`), or had one not
   * longer ago than ended tokens are kept. Costs the same where there is no such user.
   */
  isKnownNetwork(whose: { readonly id: UserId } | { readonly login: string }, network: string, signal?: AbortSignal): Promise<boolean>;
  /** A refresh token by its hash, spent or not. */
  findToken(tokenHash: string, signal?: AbortSignal): Promise<RefreshToken | undefined>;
  /** @throws CONFLICT: the stored user is not `before` any more. */
  start(start: SessionStart, signal?: AbortSignal): Promise<void>;
  /**
   * Spends one token for its successor. False, and nothing written, where it was spent before: of two at once, one wins. Of the spent
   * one no device, user agent or address is kept: all that it is still for is to be recognised.
   */
  rotate(rotation: SessionRotation, signal?: AbortSignal): Promise<boolean>;
  /** Ends the sessions: all their tokens are dead when this returns. Unknown and ended ids are passed over. */
  end(ids: readonly SessionId[], at: Date, trail: Trail, signal?: AbortSignal): Promise<void>;
  /** Removes tokens that ended before `before`; returns how many. */
  purge(before: Date, signal?: AbortSignal): Promise<number>;
}

export interface AuditLog {
  /** For what is audited without a write, such as a failed login. */
  append(entries: readonly AuditEntry[], signal?: AbortSignal): Promise<void>;
  /** Removes entries of before `before`; returns how many. */
  purge(before: Date, signal?: AbortSignal): Promise<number>;
}

/** What is known of one throttled key. What is counted as a failure is the limit's own business. */
export interface Attempts {
  readonly failures: number;
  readonly lastFailureAt: Date;
  readonly blockedUntil: Date | undefined;
}

/** The counters behind throttling, shared by all workers. */
export interface AttemptRepository {
  find(key: string, signal?: AbortSignal): Promise<Attempts | undefined>;
  /** Counts a failure and stores the block that `next` computes from the former state: read and write are one step. */
  fail(key: string, at: Date, next: (former: Attempts | undefined) => Attempts, signal?: AbortSignal): Promise<Attempts>;
  clear(key: string, signal?: AbortSignal): Promise<void>;
  purge(before: Date, signal?: AbortSignal): Promise<number>;
}

/** A password hash function that is bounded and off the event loop. */
export interface Passwords {
  /** @throws OVERLOADED when the queue is full. */
  hash(password: string, signal?: AbortSignal): Promise<PasswordHash>;
  /** `rehash`: the password is right and the hash was made with other parameters than today's. */
  verify(password: string, hash: PasswordHash, signal?: AbortSignal): Promise<{ readonly matches: boolean; readonly rehash: boolean }>;
  /** Takes as long as `verify` and never matches: for a login whose user does not exist. */
  verifyNothing(password: string, signal?: AbortSignal): Promise<void>;
}

interface IssuedToken {
  readonly token: string;
  /** Seconds from now. */
  readonly expiresIn: number;
}

export interface TokenClaims {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly role: Role;
  readonly tokenId: string;
  readonly expiresAtMs: number;
}

export interface AccessTokens {
  issue(subject: { readonly userId: UserId; readonly sessionId: SessionId; readonly role: Role }): Promise<IssuedToken>;
  /** @throws INVALID_TOKEN, TOKEN_EXPIRED. Says nothing about the session. */
  verify(token: string): Promise<TokenClaims> | TokenClaims;
}

/** Refresh tokens: texts that nobody guesses and that mean nothing; the server keeps their hashes alone. */
export interface RefreshTokens {
  create(): { readonly token: string; readonly hash: string };
  /** @throws INVALID_TOKEN for what is none by its form. */
  hash(token: string): string;
}

/** The time, handed to whoever needs it. */
export interface Clock {
  now(): Date;
}
