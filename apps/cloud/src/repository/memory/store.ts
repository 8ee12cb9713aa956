import type { EventEnvelope } from "@arcana/framework/events";
import { emailKey } from "../../domain/email.ts";
import { networkOf } from "../../domain/network.ts";
import type { RefreshToken } from "../../domain/session.ts";
import type { SessionId, User, UserId } from "../../domain/user.ts";
import { usernameKey } from "../../domain/username.ts";
import type { Account, Attempts, AuditEntry, Trail } from "../../service/ports.ts";

/**
 * What the memory adapters share, so that one write can end sessions and append to the audit log. Every write happens
 * between two turns of the event loop and so is atomic.
 */
export interface MemoryStore {
  /** By id; the deleted too. */
  readonly accounts: Map<UserId, Account>;
  /** Ids of the living, by the form in which names and addresses are compared. */
  readonly byUsername: Map<string, UserId>;
  readonly byEmail: Map<string, UserId>;
  /** By hash. */
  readonly tokens: Map<string, RefreshToken>;
  /** By a token's hash: from which network it was asked for. Stays when the token is spent. */
  readonly networks: Map<string, string>;
  readonly families: Map<SessionId, TokenFamily>;
  readonly audit: AuditEntry[];
  /** Those that writes carried, in order. */
  readonly events: EventEnvelope[];
  readonly attempts: Map<string, Attempts>;
}

/** A session's tokens. It began when it began, even where its first tokens have been removed since. */
interface TokenFamily {
  readonly startedAt: Date;
  readonly hashes: Set<string>;
}

export function createMemoryStore(): MemoryStore {
  return {
    accounts: new Map(),
    byUsername: new Map(),
    byEmail: new Map(),
    tokens: new Map(),
    networks: new Map(),
    families: new Map(),
    audit: [],
    events: [],
    attempts: new Map(),
  };
}

export function isLiving(account: Account | undefined): account is Account {
  return account !== undefined && account.user.status !== "deleted";
}

/** The living one of that id, or of that username or mail address as it is typed at a login. */
export function findAccount(store: MemoryStore, by: { readonly id: UserId } | { readonly login: string }): Account | undefined {
  const key = "id" in by ? "" : by.login.trim().toLowerCase();
  const id = "id" in by ? by.id : (store.byUsername.get(key) ?? store.byEmail.get(key));
  const account = id === undefined ? undefined : store.accounts.get(id);
  return isLiving(account) ? account : undefined;
}

/** Puts the account in place of its former state, and keeps the indexes of the living. */
export function putAccount(store: MemoryStore, account: Account): void {
  const former = store.accounts.get(account.user.id);
  if (isLiving(former)) unindex(store, former.user);
  store.accounts.set(account.user.id, account);
  if (isLiving(account)) index(store, account.user);
}

function index({ byUsername, byEmail }: MemoryStore, { id, username, email }: User): void {
  byUsername.set(usernameKey(username), id);
  byEmail.set(emailKey(email), id);
}

function unindex({ byUsername, byEmail }: MemoryStore, { username, email }: User): void {
  byUsername.delete(usernameKey(username));
  byEmail.delete(emailKey(email));
}

export function putToken(store: MemoryStore, token: RefreshToken): void {
  store.tokens.set(token.tokenHash, token);
  if (token.ipAddress !== undefined) store.networks.set(token.tokenHash, networkOf(token.ipAddress));
  const family = store.families.get(token.familyId);
  if (family === undefined) store.families.set(token.familyId, { startedAt: token.createdAt, hashes: new Set([token.tokenHash]) });
  else family.hashes.add(token.tokenHash);
}

/** The tokens of a session. */
export function familyOf(store: MemoryStore, id: SessionId): readonly RefreshToken[] {
  return [...(store.families.get(id)?.hashes ?? [])].map((hash) => store.tokens.get(hash)).filter((token) => token !== undefined);
}

/** Ends what of the session is not ended yet. */
export function endFamily(store: MemoryStore, id: SessionId, at: Date): void {
  for (const token of familyOf(store, id))
    if (token.revokedAt === undefined) store.tokens.set(token.tokenHash, { ...token, revokedAt: at });
}

export function appendTrail(store: MemoryStore, trail: Trail): void {
  store.audit.push(...trail.audit);
  store.events.push(...trail.events);
}
