import { frameworkError } from "@arcana/framework/error";
import type { EventPublisher } from "@arcana/framework/events";
import { parseSessionId } from "../domain/id.ts";
import type { User } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import { actorOf } from "./circumstances.ts";
import type { GuessPolicies } from "./guess-limits.ts";
import { createFindGuessLimits } from "./guess-limits.ts";
import { createIssueTokens } from "./issue-tokens.ts";
import type { Login } from "./login.ts";
import { createLogin } from "./login.ts";
import type { OwnSessions } from "./own-sessions.ts";
import { createOwnSessions } from "./own-sessions.ts";
import { createCheckPassword } from "./password-check.ts";
import type {
  AccessTokens,
  AttemptRepository,
  AuditLog,
  Clock,
  Passwords,
  RefreshTokens,
  SessionRepository,
  UserRepository,
} from "./ports.ts";
import { createRecordTrail } from "./record-trail.ts";
import type { Refresh } from "./refresh.ts";
import { createRefresh } from "./refresh.ts";
import type { Registration } from "./register-user.ts";
import { createRegisterUser } from "./register-user.ts";
import type { Admission } from "./start-session.ts";
import { createStartSession } from "./start-session.ts";
import type { IsWeakPassword } from "./strong-password.ts";
import { createRequireStrongPassword } from "./strong-password.ts";
import { createThrottle } from "./throttle.ts";
import type { ValidateToken } from "./validate-token.ts";
import { createValidateToken } from "./validate-token.ts";
import { createWriteUser } from "./write-user.ts";

/** The use cases of logging in and staying logged in. */
export interface AuthService {
  /** Creates a user and lets them in. @throws VALIDATION_ERROR, WEAK_PASSWORD, USERNAME_TAKEN, EMAIL_TAKEN, OVERLOADED */
  register(registration: Registration, under: Circumstances): Promise<Admission>;
  readonly login: Login;
  readonly refresh: Refresh;
  readonly validateToken: ValidateToken;
  /** The caller. @throws UNAUTHORIZED; INVALID_TOKEN where they were deleted meanwhile. */
  currentUser(under: Circumstances): Promise<User>;
  readonly sessions: OwnSessions;
}

export interface AuthServiceDeps {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly audit: AuditLog;
  readonly attempts: AttemptRepository;
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  /** Makes UUIDv7s. */
  readonly newId: () => string;
  readonly isWeakPassword: IsWeakPassword;
  readonly throttle: GuessPolicies;
  /** How long a refresh token is good, in milliseconds. */
  readonly refreshTtlMs: number;
}

export function createAuthService(deps: AuthServiceDeps): AuthService {
  const recordTrail = createRecordTrail(deps);
  const writeUser = createWriteUser({ ...deps, recordTrail });
  const issueTokens = createIssueTokens(deps);
  const startSession = createStartSession({ ...deps, recordTrail, issueTokens });
  const requireStrongPassword = createRequireStrongPassword(deps.isWeakPassword);
  const registerUser = createRegisterUser({ ...deps, requireStrongPassword });
  const throttle = createThrottle(deps);
  const findGuessLimits = createFindGuessLimits({ ...deps, policies: deps.throttle });
  const checkPassword = createCheckPassword({ ...deps, findGuessLimits, throttle });

  return {
    register(registration, under) {
      return registerUser(registration, "registration", under, async (change, record) => {
        const user = change.after;
        const { pair, stored } = await issueTokens(
          { user, familyId: parseSessionId(deps.newId()), deviceId: undefined },
          user.createdAt,
          under,
        );
        await writeUser(change, { ...record, session: stored }, under);
        return { ...pair, user };
      });
    },
    login: createLogin({ ...deps, recordTrail, checkPassword, startSession }),
    refresh: createRefresh({ ...deps, recordTrail, issueTokens }),
    validateToken: createValidateToken(deps),
    async currentUser(under) {
      const user = await deps.users.find(actorOf(under).id, under.signal);
      if (user === undefined) throw frameworkError("INVALID_TOKEN", "the token's user has been deleted");
      return user;
    },
    sessions: createOwnSessions({ ...deps, recordTrail }),
  };
}
