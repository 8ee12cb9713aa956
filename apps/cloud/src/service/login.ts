import type { EventPublisher } from "@arcana/framework/events";
import type { DomainEvent } from "../domain/events.ts";
import { parsePlainText } from "../domain/plain-text.ts";
import { exclusionOf, requireAdmitted } from "../domain/status.ts";
import type { PasswordHash, User } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import { hasReason } from "./has-reason.ts";
import { nameHash } from "./name-hash.ts";
import type { CheckPassword } from "./password-check.ts";
import type { AuditLog, Clock, Passwords, UserRepository } from "./ports.ts";
import type { Note, RecordTrail } from "./record-trail.ts";
import { retryOnConflict } from "./retry-on-conflict.ts";
import type { Admission, StartSession } from "./start-session.ts";

interface Credentials {
  /** A username or a mail address. */
  readonly login: string;
  readonly password: string;
  /** The client's own name for the device. */
  readonly deviceId: string | undefined;
}

/** @throws VALIDATION_ERROR, INVALID_CREDENTIALS, ACCOUNT_SUSPENDED, ACCOUNT_LOCKED, RATE_LIMIT_EXCEEDED, OVERLOADED */
export type Login = (credentials: Credentials, under: Circumstances) => Promise<Admission>;

export interface LoginDeps {
  readonly users: UserRepository;
  readonly audit: AuditLog;
  readonly passwords: Passwords;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly recordTrail: RecordTrail;
  readonly checkPassword: CheckPassword;
  readonly startSession: StartSession;
}

export function createLogin(deps: LoginDeps): Login {
  async function attempt(credentials: Credentials, under: Circumstances): Promise<Admission> {
    const { login, password } = credentials;
    const deviceId = credentials.deviceId === undefined ? undefined : parsePlainText("device_id", credentials.deviceId);
    const { signal } = under;
    const verdict = await deps.checkPassword({
      subject: { login, ipAddress: under.ipAddress },
      password,
      find: () => deps.users.findAccount({ login }, signal),
      signal,
    });
    if (!verdict.right) {
      await recordFailure(login, verdict.account?.user, verdict.reason, under);
      throw verdict.error;
    }
    const { user } = verdict.account;
    await admit(user, login, under);
    const newHash = verdict.rehash ? await rehash(password, signal) : {};
    return deps.startSession({ user, deviceId, ...newHash, ...success(user, under) }, under);
  }

  async function admit(user: User, login: string, under: Circumstances): Promise<void> {
    const exclusion = exclusionOf(user.status);
    if (exclusion === undefined) return;
    await recordFailure(login, user, exclusion, under);
    requireAdmitted(user);
  }

  /** The hash with today's parameters. It can wait for a later login where the queue is full: the present one is right. */
  async function rehash(password: string, signal: AbortSignal | undefined): Promise<{ passwordHash?: PasswordHash }> {
    try {
      return { passwordHash: await deps.passwords.hash(password, signal) };
    } catch (error) {
      if (hasReason(error, "OVERLOADED")) return {};
      throw error;
    }
  }

  /** Takes no signal: it is recorded also where the client has hung up. */
  async function recordFailure(login: string, user: User | undefined, reason: string, under: Circumstances): Promise<void> {
    const trail = deps.recordTrail({ at: deps.clock.now(), ...failure(login, user, reason, under) }, under);
    await deps.audit.append(trail.audit);
    await deps.publisher.publish(trail.events);
  }

  return (credentials, under) => retryOnConflict(() => attempt(credentials, under));
}

interface Occurrence {
  readonly events: readonly DomainEvent[];
  readonly notes: readonly Note[];
}

function success(user: User, { ipAddress, userAgent }: Circumstances): Occurrence {
  const payload = { user_id: user.id, ip_address: ipAddress, user_agent: userAgent };
  return {
    events: [{ type: "auth.login_succeeded", aggregateId: user.id, payload }],
    notes: [{ action: "auth.login", resource: { type: "user", id: user.id }, userId: user.id }],
  };
}

/** What was typed is kept only where an account has that name or address: otherwise it may be a password in the wrong field. */
function failure(login: string, user: User | undefined, reason: string, { ipAddress, userAgent }: Circumstances): Occurrence {
  const name = user === undefined ? `sha256:${nameHash(login)}` : login;
  const payload = { username_or_email: name, reason, ip_address: ipAddress, user_agent: userAgent };
  return {
    events: [{ type: "auth.login_failed", aggregateId: user?.id ?? name, payload }],
    notes: [
      { action: "auth.login", resource: { type: "user", id: user?.id }, details: { username_or_email: name, reason }, refusal: reason },
    ],
  };
}
