/** Stand-ins for what costs time or leaves the process. They keep the promises of the ports, and tell what was asked. */
import { frameworkError } from "@arcana/framework/error";
import type { EventEnvelope, EventPublisher } from "@arcana/framework/events";
import { sampleId, sampleTime } from "../../domain/testing/samples.ts";
import type { PasswordHash } from "../../domain/user.ts";
import type { AccessTokens, Attempts, Clock, Passwords, RefreshTokens, TokenClaims } from "../ports.ts";
import type { ThrottlePolicy } from "../throttle.ts";

export interface FakeClock extends Clock {
  turn(byMs: number): void;
}

export function fakeClock(): FakeClock {
  let nowMs = sampleTime.getTime();
  return {
    now: () => new Date(nowMs),
    turn(byMs) {
      nowMs += byMs;
    },
  };
}

/** Ids in order, none of them a sample's. */
export function fakeIds(): () => string {
  let count = 0x1000_0000;
  return () => sampleId(count++);
}

export interface FakePasswords extends Passwords {
  /** What hashes are made with; changing it makes older ones due for another hashing. */
  parameters: string;
  /** Throws OVERLOADED from `hash`. */
  overloaded: boolean;
  /** The names of the methods called. */
  readonly calls: string[];
  /** Runs while a password is being checked. */
  meanwhile: () => Promise<unknown>;
}

export function fakePasswords(): FakePasswords {
  const calls: string[] = [];
  const fake: FakePasswords = {
    parameters: "v1",
    overloaded: false,
    calls,
    meanwhile: async () => undefined,
    async hash(password) {
      calls.push("hash");
      if (fake.overloaded) throw frameworkError("OVERLOADED", "too many hashes wait");
      return hashOf(password, fake.parameters);
    },
    async verify(password, hash) {
      calls.push("verify");
      await fake.meanwhile();
      const matches = hash.endsWith(`:${password}`);
      return { matches, rehash: matches && hash !== hashOf(password, fake.parameters) };
    },
    async verifyNothing() {
      calls.push("verifyNothing");
      await fake.meanwhile();
    },
  };
  return fake;
}

export function hashOf(password: string, parameters = "v1"): PasswordHash {
  return `${parameters}:${password}` as PasswordHash;
}

export function fakeAccessTokens(clock: Clock): AccessTokens {
  const issued = new Map<string, TokenClaims>();
  return {
    async issue(subject) {
      const token = `access-${issued.size + 1}`;
      issued.set(token, { ...subject, tokenId: token, expiresAtMs: clock.now().getTime() + 3_600_000 });
      return { token, expiresIn: 3600 };
    },
    async verify(token) {
      const claims = issued.get(token);
      if (claims === undefined) throw frameworkError("INVALID_TOKEN", "the token is not ours");
      if (claims.expiresAtMs <= clock.now().getTime()) throw frameworkError("TOKEN_EXPIRED", "the token has expired");
      return claims;
    },
  };
}

export function fakeRefreshTokens(): RefreshTokens {
  let count = 0;
  const hash = (token: string) => `hash of ${token}`;
  return {
    create() {
      const token = `refresh-${++count}`;
      return { token, hash: hash(token) };
    },
    hash(token) {
      if (!token.startsWith("refresh-")) throw frameworkError("INVALID_TOKEN", "the token is no refresh token");
      return hash(token);
    },
  };
}

export interface RecordingPublisher extends EventPublisher {
  readonly published: EventEnvelope[];
}

export function recordingPublisher(): RecordingPublisher {
  const published: EventEnvelope[] = [];
  return {
    published,
    async publish(events) {
      published.push(...events);
    },
  };
}

/** Blocks for a minute from the failure after the free ones. */
export function fakeThrottlePolicy(freeFailures: number): ThrottlePolicy {
  return {
    next(former: Attempts | undefined, now: Date) {
      const failures = (former?.failures ?? 0) + 1;
      return { failures, lastFailureAt: now, blockedUntil: failures > freeFailures ? new Date(now.getTime() + 60_000) : undefined };
    },
    blockedForMs: (attempts, now) => Math.max(0, (attempts?.blockedUntil?.getTime() ?? 0) - now.getTime()),
  };
}
