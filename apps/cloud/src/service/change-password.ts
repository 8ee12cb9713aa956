import { domainError } from "../domain/errors.ts";
import { parsePassword } from "../domain/password.ts";
import type { UserId } from "../domain/user.ts";
import { changePassword, requireSelf } from "../domain/user-decisions.ts";
import type { Circumstances } from "./circumstances.ts";
import { actorOf } from "./circumstances.ts";
import type { CheckPassword } from "./password-check.ts";
import type { AuditLog, Clock, Passwords, UserRepository } from "./ports.ts";
import type { Note, RecordTrail } from "./record-trail.ts";
import { retryOnConflict } from "./retry-on-conflict.ts";
import type { RequireStrongPassword } from "./strong-password.ts";
import type { WriteUser } from "./write-user.ts";

interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/**
 * Changes the caller's own password, and ends the other sessions.
 *
 * @throws FORBIDDEN, INVALID_CREDENTIALS, RATE_LIMIT_EXCEEDED, VALIDATION_ERROR, WEAK_PASSWORD, USER_NOT_FOUND, OVERLOADED
 */
export type ChangePassword = (id: UserId, change: PasswordChange, under: Circumstances) => Promise<void>;

export interface ChangePasswordDeps {
  readonly users: UserRepository;
  readonly audit: AuditLog;
  readonly passwords: Pick<Passwords, "hash">;
  readonly clock: Clock;
  readonly recordTrail: RecordTrail;
  readonly checkPassword: CheckPassword;
  readonly requireStrongPassword: RequireStrongPassword;
  readonly writeUser: WriteUser;
}

export function createChangePassword(deps: ChangePasswordDeps): ChangePassword {
  const { users, passwords, clock } = deps;

  async function attempt(id: UserId, { current, next }: PasswordChange, under: Circumstances): Promise<void> {
    const { signal, ipAddress, sessionId } = under;
    const account = await users.findAccount({ id }, signal);
    if (account === undefined) throw domainError("USER_NOT_FOUND", `there is no user ${id}`);
    deps.requireStrongPassword("new_password", parsePassword("new_password", next), account.user);
    const verdict = await deps.checkPassword({
      subject: { id, ipAddress },
      password: current,
      find: async () => account,
      signal,
    });
    if (!verdict.right) {
      await recordRefusal(id, verdict.reason, under);
      throw verdict.error;
    }
    const passwordHash = await passwords.hash(next, signal);
    const change = changePassword(account.user, actorOf(under), sessionId, clock.now());
    await deps.writeUser(change, { notes: [noteOf(id)], passwordHash }, under);
  }

  async function recordRefusal(id: UserId, refusal: string, under: Circumstances): Promise<void> {
    const { audit } = deps.recordTrail({ at: clock.now(), notes: [{ ...noteOf(id), refusal }] }, under);
    await deps.audit.append(audit);
  }

  return async (id, change, under) => {
    requireSelf(id, actorOf(under));
    await retryOnConflict(() => attempt(id, change, under));
  };
}

function noteOf(id: UserId): Note {
  return { action: "auth.password_changed", resource: { type: "user", id } };
}
