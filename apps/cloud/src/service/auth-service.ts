import { frameworkError } from "@arcana/framework/error";
import type { EventPublisher } from "@arcana/framework/events";
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
import type { Register } from "./register.ts";
import { createRegister } from "./register.ts";
import { createRegisterUser } from "./register-user.ts";
import { createStartSession } from "./start-session.ts";
import type { IsWeakPassword } from "./strong-password.ts";
import { createRequireStrongPassword } from "./strong-password.ts";
import type { ThrottlePolicy } from "./throttle.ts";
import { createThrottle } from "./throttle.ts";
import type { ValidateToken } from "./validate-token.ts";
import { createValidateToken } from "./validate-token.ts";
import { createWriteUser } from "./write-user.ts";

/** The use cases of logging in and staying logged in. */
export interface AuthService {
  readonly register: Register;
  readonly login: Login;
  readonly refresh: Refresh;
  readonly validateToken: ValidateToken;
  /** The caller. @throws UNAUTHORIZED; INVALID_TOKEN where they were deleted meanwhile. */
  currentUser(under: Circumstances): Promise<User>;
  readonly sessions: OwnSessions;
}

export interface AuthPolicies extends GuessPolicies {
  /** Of registrations from one network. */
  readonly registration: ThrottlePolicy;
  /** Of refreshes of one session. */
  readonly refresh: ThrottlePolicy;
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
  readonly throttle: AuthPolicies;
  /** How many living sessions a user may have; the oldest end. */
  readonly maxSessionsPerUser: number;
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
    register: createRegister({ ...deps, throttle, policy: deps.throttle.registration, registerUser, issueTokens, writeUser }),
    login: createLogin({ ...deps, recordTrail, checkPassword, startSession }),
    refresh: createRefresh({ ...deps, throttle, policy: deps.throttle.refresh, recordTrail, issueTokens }),
    validateToken: createValidateToken(deps),
    async currentUser(under) {
      const user = await deps.users.find(actorOf(under).id, under.signal);
      if (user === undefined) throw frameworkError("INVALID_TOKEN", "the token's user has been deleted");
      return user;
    },
    sessions: createOwnSessions({ ...deps, recordTrail }),
  };
}
