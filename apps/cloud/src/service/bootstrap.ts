import type { EventPublisher } from "@arcana/framework/events";
import type { User } from "../domain/user.ts";
import { noCircumstances } from "./circumstances.ts";
import { hasReason } from "./has-reason.ts";
import type { Clock, Passwords, UserRepository } from "./ports.ts";
import { createRecordTrail } from "./record-trail.ts";
import type { Registration } from "./register-user.ts";
import { createRegisterUser } from "./register-user.ts";
import type { IsWeakPassword } from "./strong-password.ts";
import { createRequireStrongPassword } from "./strong-password.ts";
import { createWriteUser } from "./write-user.ts";

/** How the first superadmin comes to be, who can then make others over the API. */
export interface Bootstrap {
  /** Creates a superadmin: for a command, whose caller holds the database. @throws VALIDATION_ERROR, WEAK_PASSWORD, USERNAME_TAKEN, EMAIL_TAKEN */
  createAdmin(admin: Registration): Promise<User>;
  /**
   * Creates a superadmin where none is active, and otherwise undefined: for the start, with what the configuration says.
   * Workers that start together create one between them.
   *
   * @throws VALIDATION_ERROR, WEAK_PASSWORD, USERNAME_TAKEN, EMAIL_TAKEN (by who is no superadmin)
   */
  ensureAdmin(admin: Registration): Promise<User | undefined>;
}

export interface BootstrapDeps {
  readonly users: UserRepository;
  readonly passwords: Passwords;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  /** Makes UUIDv7s. */
  readonly newId: () => string;
  readonly isWeakPassword: IsWeakPassword;
}

export function createBootstrap(deps: BootstrapDeps): Bootstrap {
  const { users } = deps;
  const writeUser = createWriteUser({ ...deps, recordTrail: createRecordTrail(deps) });
  const requireStrongPassword = createRequireStrongPassword(deps.isWeakPassword);
  const registerUser = createRegisterUser({ ...deps, requireStrongPassword });

  const createAdmin = (admin: Registration) =>
    registerUser(admin, "bootstrap", noCircumstances, async (change, record) => {
      await writeUser(change, record, noCircumstances);
      return change.after;
    });

  async function hasAdmin(): Promise<boolean> {
    const { totalElements } = await users.list({
      page: 0,
      size: 1,
      role: "superadmin",
      status: "active",
      search: undefined,
      sort: { by: "created_at", direction: "asc" },
    });
    return totalElements > 0;
  }

  return {
    createAdmin,
    async ensureAdmin(admin) {
      if (await hasAdmin()) return undefined;
      try {
        return await createAdmin(admin);
      } catch (error) {
        const taken = hasReason(error, "EMAIL_TAKEN") || hasReason(error, "USERNAME_TAKEN");
        if (taken && (await hasAdmin())) return undefined;
        throw error;
      }
    },
  };
}
