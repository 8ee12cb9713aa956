import { parseSessionId } from "../domain/id.ts";
import { networkOf } from "../domain/network.ts";
import type { Circumstances } from "./circumstances.ts";
import type { IssueTokens } from "./issue-tokens.ts";
import type { RegisterUser, Registration } from "./register-user.ts";
import type { Admission } from "./start-session.ts";
import type { Throttle, ThrottlePolicy } from "./throttle.ts";
import { admit } from "./throttle.ts";
import type { WriteUser } from "./write-user.ts";

/**
 * Creates a user and lets them in.
 *
 * @throws VALIDATION_ERROR, WEAK_PASSWORD, USERNAME_TAKEN, EMAIL_TAKEN, RATE_LIMIT_EXCEEDED, OVERLOADED
 */
export type Register = (registration: Registration, under: Circumstances) => Promise<Admission>;

export interface RegisterDeps {
  readonly throttle: Throttle;
  /** Limits the registrations from one network, whatever comes of them: a taken address is an answer that is worth asking for. */
  readonly policy: ThrottlePolicy;
  readonly registerUser: RegisterUser;
  readonly issueTokens: IssueTokens;
  readonly writeUser: WriteUser;
  /** Makes UUIDv7s. */
  readonly newId: () => string;
}

export function createRegister({ throttle, policy, registerUser, issueTokens, writeUser, newId }: RegisterDeps): Register {
  return async (registration, under) => {
    const { ipAddress } = under;
    if (ipAddress !== undefined) await admit(throttle, [{ key: `register:address:${networkOf(ipAddress)}`, policy }]);
    return registerUser(registration, "registration", under, async (change, record) => {
      const user = change.after;
      const holder = { user, familyId: parseSessionId(newId()), deviceId: undefined };
      const { pair, stored } = await issueTokens(holder, user.createdAt, under);
      await writeUser(change, { ...record, session: stored }, under);
      return { ...pair, user };
    });
  };
}
