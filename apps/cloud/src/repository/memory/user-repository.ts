import { frameworkError } from "@arcana/framework/error";
import { emailKey } from "../../domain/email.ts";
import { domainError } from "../../domain/errors.ts";
import type { User, UserId } from "../../domain/user.ts";
import { usernameKey } from "../../domain/username.ts";
import type { Account, UserQuery, UserRepository, UserSort, UserWrite } from "../../service/ports.ts";
import type { MemoryStore } from "./store.ts";
import { appendTrail, endFamily, findAccount, isLiving, putAccount, putToken } from "./store.ts";

export function memoryUserRepository(store: MemoryStore): UserRepository {
  const living = (id: UserId | undefined): Account | undefined => {
    const account = id === undefined ? undefined : store.accounts.get(id);
    return isLiving(account) ? account : undefined;
  };
  const byUsername = (key: string) => living(store.byUsername.get(key));
  const byEmail = (key: string) => living(store.byEmail.get(key));

  return {
    async find(id, signal) {
      signal?.throwIfAborted();
      return living(id)?.user;
    },
    async findByUsername(username, signal) {
      signal?.throwIfAborted();
      return byUsername(usernameKey(username))?.user;
    },
    async findByEmail(email, signal) {
      signal?.throwIfAborted();
      return byEmail(emailKey(email))?.user;
    },
    async findAccount(by, signal) {
      signal?.throwIfAborted();
      return findAccount(store, by);
    },
    async list(query, signal) {
      signal?.throwIfAborted();
      const found = [...store.accounts.values()].map(({ user }) => user).filter(matching(query));
      const first = query.page * query.size;
      return { users: found.sort(comparing(query.sort)).slice(first, first + query.size), totalElements: found.length };
    },
    async save(write, signal) {
      signal?.throwIfAborted();
      requireCurrent(store, write);
      requireFree(store, write.after);
      requireSuperadminLeft(store, write);
      putAccount(store, accountAfter(store, write));
      endSessions(store, write);
      if (write.session !== undefined) putToken(store, write.session);
      appendTrail(store, write.trail);
    },
  };
}

/** @throws CONFLICT where the stored user is not the one that was read. */
function requireCurrent({ accounts }: MemoryStore, { before, after }: UserWrite): void {
  const stored = accounts.get(after.id)?.user;
  const known = before?.updatedAt.getTime();
  if (stored?.updatedAt.getTime() !== known || stored?.status === "deleted")
    throw frameworkError("CONFLICT", `the user ${after.id} was changed meanwhile; read again and retry`);
}

function requireFree({ byUsername, byEmail }: MemoryStore, { id, username, email, status }: User): void {
  if (status === "deleted") return;
  const taken = (owner: UserId | undefined) => owner !== undefined && owner !== id;
  if (taken(byUsername.get(usernameKey(username)))) throw domainError("USERNAME_TAKEN", `the username ${username} is in use`);
  if (taken(byEmail.get(emailKey(email)))) throw domainError("EMAIL_TAKEN", `the mail address ${email} is in use`);
}

function requireSuperadminLeft({ accounts }: MemoryStore, { before, after }: UserWrite): void {
  if (before === undefined || !isActiveSuperadmin(before) || isActiveSuperadmin(after)) return;
  for (const { user } of accounts.values()) if (user.id !== after.id && isActiveSuperadmin(user)) return;
  throw domainError("LAST_SUPERADMIN", "the last superadmin cannot be demoted, suspended or deleted");
}

function isActiveSuperadmin({ role, status }: User): boolean {
  return role === "superadmin" && status === "active";
}

function accountAfter({ accounts }: MemoryStore, { after, passwordHash }: UserWrite): Account {
  const stored = accounts.get(after.id);
  const hash = passwordHash ?? stored?.passwordHash;
  if (hash === undefined) throw new TypeError("a new user needs a password hash");
  return { user: stored === undefined ? after : { ...after, lastLoginAt: stored.user.lastLoginAt }, passwordHash: hash };
}

function endSessions(store: MemoryStore, { after, endSessions: ending }: UserWrite): void {
  if (ending.which === "none") return;
  const keep = ending.which === "others" ? ending.keep : undefined;
  const ids = new Set([...store.tokens.values()].filter(({ userId }) => userId === after.id).map(({ familyId }) => familyId));
  for (const id of ids) if (id !== keep) endFamily(store, id, after.updatedAt);
}

function matching({ role, status, search }: UserQuery): (user: User) => boolean {
  const text = search?.toLowerCase();
  return (user) =>
    (role === undefined || user.role === role) &&
    (status === undefined ? user.status !== "deleted" : user.status === status) &&
    (text === undefined || searched(user).some((value) => value?.toLowerCase().includes(text)));
}

function searched({ username, email, firstName, lastName }: User): readonly (string | undefined)[] {
  return [username, email, firstName, lastName];
}

/** Equal ones stand in the order of their ids, so that pages do not overlap; who never logged in comes before all who did. */
function comparing({ by, direction }: UserQuery["sort"]): (one: User, other: User) => number {
  const sign = direction === "asc" ? 1 : -1;
  const key = sortKeys[by];
  return (one, other) => sign * (compare(key(one), key(other)) || compare(one.id, other.id));
}

const sortKeys: Readonly<Record<UserSort, (user: User) => number | string>> = {
  created_at: (user) => user.createdAt.getTime(),
  updated_at: (user) => user.updatedAt.getTime(),
  last_login_at: (user) => user.lastLoginAt?.getTime() ?? Number.NEGATIVE_INFINITY,
  username: (user) => usernameKey(user.username),
  email: (user) => emailKey(user.email),
};

function compare(one: number | string, other: number | string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
