/** All use cases over one memory store, and what a test looks at afterwards. */
import { sampleUser } from "../../domain/testing/samples.ts";
import type { SessionId, User } from "../../domain/user.ts";
import {
  createMemoryStore,
  memoryAttemptRepository,
  memoryAuditLog,
  memorySessionRepository,
  memoryUserRepository,
} from "../../repository/memory/index.ts";
import type { AuthServiceDeps } from "../auth-service.ts";
import { createAuthService } from "../auth-service.ts";
import { createBootstrap } from "../bootstrap.ts";
import type { Circumstances } from "../circumstances.ts";
import { noCircumstances } from "../circumstances.ts";
import { createUserService } from "../user-service.ts";
import {
  fakeAccessTokens,
  fakeClock,
  fakeIds,
  fakePasswords,
  fakeRefreshTokens,
  fakeThrottlePolicy,
  hashOf,
  recordingPublisher,
} from "./fakes.ts";

export const refreshTtlMs = 7 * 24 * 3_600_000;
/** Failures that an account, and an address, may have before they are blocked; registrations of a network, and refreshes of a session. */
export const freeFailures = { account: 3, address: 6, registration: 10, refresh: 5 } as const;
export const maxSessionsPerUser = 12;
export const password = "correct horse";

export type World = ReturnType<typeof createWorld>;

/** @param wrap puts something between the use cases and what they are given. */
export function createWorld(wrap: (deps: AuthServiceDeps) => AuthServiceDeps = (deps) => deps) {
  const store = createMemoryStore();
  const clock = fakeClock();
  const passwords = fakePasswords();
  const publisher = recordingPublisher();
  const deps = wrap({
    users: memoryUserRepository(store),
    sessions: memorySessionRepository(store),
    audit: memoryAuditLog(store),
    attempts: memoryAttemptRepository(store),
    passwords,
    tokens: fakeAccessTokens(clock),
    refreshTokens: fakeRefreshTokens(),
    publisher,
    clock,
    newId: fakeIds(),
    isWeakPassword: (text) => text === "password",
    throttle: {
      account: fakeThrottlePolicy(freeFailures.account),
      address: fakeThrottlePolicy(freeFailures.address),
      registration: fakeThrottlePolicy(freeFailures.registration),
      refresh: fakeThrottlePolicy(freeFailures.refresh),
    },
    maxSessionsPerUser,
    refreshTtlMs,
  });

  return {
    ...deps,
    store,
    clock,
    passwords,
    auth: createAuthService(deps),
    admin: createUserService(deps),
    bootstrap: createBootstrap(deps),
    /** Stores a user with `password`, past all rules. */
    async add(values: Partial<User> = {}): Promise<User> {
      const user = sampleUser(values);
      const trail = { events: [], audit: [] };
      await memoryUserRepository(store).save({
        before: undefined,
        after: user,
        passwordHash: hashOf(password),
        endSessions: { which: "none" },
        trail,
      });
      return user;
    },
    login: (user: User) => createAuthService(deps).login({ login: user.username, password, deviceId: undefined }, from("192.0.2.1")),
    events: () => publisher.published.map(({ type, aggregateId, payload }) => ({ type, aggregateId, payload })),
    /** Each entry as `action`, or `action!reason` where it was refused. */
    audited: () => store.audit.map(({ action, success, errorMessage }) => (success ? action : `${action}!${errorMessage}`)),
    forget() {
      store.audit.length = 0;
      publisher.published.length = 0;
      passwords.calls.length = 0;
    },
  };
}

/** A call by nobody known, from the address. */
export function from(ipAddress: string): Circumstances {
  return { ...noCircumstances, ipAddress, userAgent: "tests", requestId: "request-1" };
}

/** A call by the user, with the role that they have here. */
export function by(user: User, sessionId?: SessionId): Circumstances {
  return { ...from("192.0.2.1"), actor: { id: user.id, role: user.role }, sessionId };
}

/** The `reason` of the error that the work ends with. */
export async function reasonOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: { reason?: string }) => error.reason ?? String(error),
  );
}
