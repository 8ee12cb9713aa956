/** The limits of the service tier, by the configuration. */
import type { ThrottleRule } from "@arcana/framework/security";
import { blockedForMs, nextAttempts } from "@arcana/framework/security";
import type { Config } from "../config.ts";
import type { AuthPolicies } from "../service/auth-service.ts";
import type { ThrottlePolicy } from "../service/throttle.ts";

export function throttlePolicies({ security: { login, registration, refresh } }: Config): AuthPolicies {
  const { baseDelayMs, maxDelayMs } = login;
  return {
    account: policyOf({ baseDelayMs, maxDelayMs, freeAttempts: login.accountFreeAttempts, windowMs: login.accountWindowMs }),
    address: policyOf({ baseDelayMs, maxDelayMs, freeAttempts: login.addressFreeAttempts, windowMs: login.addressWindowMs }),
    registration: policyOf({ ...registration, windowFrom: "first" }),
    refresh: policyOf({ ...refresh, windowFrom: "first" }),
  };
}

function policyOf(rule: ThrottleRule): ThrottlePolicy {
  return { next: (former, now) => nextAttempts(former, now, rule), blockedForMs };
}

/** How long counters are kept after the last attempt, in milliseconds: none is forgotten before its window is over. */
export function attemptRetentionMs({ security: { login, registration, refresh } }: Config): number {
  const windowMs = Math.max(login.accountWindowMs, login.addressWindowMs, registration.windowMs, refresh.windowMs);
  return windowMs + Math.max(login.maxDelayMs, registration.maxDelayMs, refresh.maxDelayMs);
}
