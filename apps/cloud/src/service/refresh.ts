import { frameworkError } from "@arcana/framework/error";
import type { EventPublisher } from "@arcana/framework/events";
import { domainError } from "../domain/errors.ts";
import type { RefreshToken } from "../domain/session.ts";
import { requireAdmitted } from "../domain/status.ts";
import type { User } from "../domain/user.ts";
import type { Circumstances } from "./circumstances.ts";
import type { IssueTokens } from "./issue-tokens.ts";
import type { Clock, RefreshTokens, SessionRepository, UserRepository } from "./ports.ts";
import type { RecordTrail } from "./record-trail.ts";
import type { Admission } from "./start-session.ts";
import type { Throttle, ThrottlePolicy } from "./throttle.ts";
import { admit } from "./throttle.ts";

/**
 * Exchanges a refresh token for a new pair (RFC 9700, 4.14.2: rotation with detection of reuse).
 *
 * @throws INVALID_TOKEN, TOKEN_EXPIRED, ACCOUNT_SUSPENDED, ACCOUNT_LOCKED, RATE_LIMIT_EXCEEDED (the token is not spent); TOKEN_REUSED where it was spent before, and then
 * its session has ended: of two who hold the same token one is a thief, and it cannot be told which.
 */
export type Refresh = (token: string, under: Circumstances) => Promise<Admission>;

export interface RefreshDeps {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly refreshTokens: RefreshTokens;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly throttle: Throttle;
  /** Limits the refreshes of one session: each leaves a spent token behind, by which its reuse is recognised. */
  readonly policy: ThrottlePolicy;
  readonly recordTrail: RecordTrail;
  readonly issueTokens: IssueTokens;
}

export function createRefresh(deps: RefreshDeps): Refresh {
  const { users, sessions, clock } = deps;

  /** Takes no signal: it is done also where the client has hung up. */
  async function endFamily(presented: RefreshToken, under: Circumstances): Promise<never> {
    const { userId, familyId } = presented;
    const at = clock.now();
    if ((await sessions.findLive(familyId, at)) === undefined) throw sessionEnded();
    const trail = deps.recordTrail(
      {
        at,
        events: [{ type: "auth.logout", aggregateId: userId, payload: { user_id: userId, session_id: familyId } }],
        notes: [
          { action: "auth.token_reused", resource: { type: "session", id: familyId }, details: { user_id: userId }, refusal: "reused" },
        ],
      },
      under,
    );
    await sessions.end([familyId], at, trail);
    await deps.publisher.publish(trail.events);
    throw domainError("TOKEN_REUSED", "the refresh token was used before; its session has been ended, log in again");
  }

  async function rotate(presented: RefreshToken, user: User, at: Date, under: Circumstances): Promise<Admission> {
    const { userId, familyId, deviceId } = presented;
    const { pair, stored } = await deps.issueTokens({ user, familyId, deviceId }, at, under);
    const payload = { user_id: userId, old_token_family: familyId, new_token_family: familyId };
    const trail = deps.recordTrail({ at, events: [{ type: "auth.token_refreshed", aggregateId: userId, payload }], notes: [] }, under);
    const won = await sessions.rotate({ spend: presented.id, token: stored, trail }, under.signal);
    if (!won) return endFamily(presented, under);
    await deps.publisher.publish(trail.events);
    return { ...pair, user };
  }

  return async (token, under) => {
    const at = clock.now();
    const presented = await sessions.findToken(deps.refreshTokens.hash(token), under.signal);
    if (presented === undefined) throw frameworkError("INVALID_TOKEN", "the refresh token is unknown");
    if (presented.revokedAt !== undefined) return endFamily(presented, under);
    if (presented.expiresAt <= at) throw frameworkError("TOKEN_EXPIRED", "the refresh token has expired; log in again");
    const user = await users.find(presented.userId, under.signal);
    if (user === undefined) throw sessionEnded();
    requireAdmitted(user);
    await admit(deps.throttle, [{ key: `refresh:session:${presented.familyId}`, policy: deps.policy }]);
    return rotate(presented, user, at, under);
  };
}

function sessionEnded() {
  return frameworkError("INVALID_TOKEN", "the session of the refresh token has ended; log in again");
}
