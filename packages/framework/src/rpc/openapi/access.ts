/** Access rules in the words of OpenAPI, and of people. */
import type { Rule } from "../../gen/arcana/access/v1/access_pb.ts";
import type { SecurityRequirement, SecurityScheme } from "./model.ts";

export const securitySchemes: Readonly<Record<string, SecurityScheme>> = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An access token of this server." },
  peer: { type: "mutualTLS", description: "The certificate of another process of the system." },
};

export interface Access {
  readonly security: readonly SecurityRequirement[];
  /** Who may call, such as `the owner, by user_id, or role moderator or higher`. */
  readonly sentence: string;
  /** The rule as data. */
  readonly rule: Readonly<Record<string, unknown>>;
  /** Whether the call needs a token. */
  readonly token: boolean;
  /** Whether a caller can be known and still be refused. */
  readonly refusable: boolean;
}

const bearer: readonly SecurityRequirement[] = [{ bearer: [] }];

/** @param rule None: nobody may call. */
export function accessOf({ allow }: Pick<Rule, "allow">): Access | undefined {
  switch (allow.case) {
    case "public":
      return { security: [], sentence: "Access: anyone.", rule: { public: true }, token: false, refusable: false };
    case "authenticated":
      return tokenAccess("any logged-in user", { authenticated: true }, false);
    case "role":
      return tokenAccess(roleText(allow.value), { role: allow.value });
    case "permission":
      return tokenAccess(permissionText(allow.value), { permission: allow.value });
    case "owner": {
      const { field, or } = allow.value;
      const others = or.case === undefined ? "" : `, or ${or.case === "role" ? roleText(or.value) : permissionText(or.value)}`;
      const owner = { field, ...(or.case !== undefined && { [or.case]: or.value }) };
      return tokenAccess(`the user whose id is \`${field}\`${others}`, { owner });
    }
    case "peer":
      return {
        security: [{ peer: [] }],
        sentence: `Access: another process of the system, of tier \`${allow.value}\`.`,
        rule: { peer: allow.value },
        token: false,
        refusable: true,
      };
    case undefined:
      return undefined;
  }
}

function tokenAccess(who: string, rule: Readonly<Record<string, unknown>>, refusable = true): Access {
  return { security: bearer, sentence: `Access: ${who}.`, rule, token: true, refusable };
}

function roleText(role: string): string {
  return `role \`${role}\` or higher`;
}

function permissionText(permission: string): string {
  return `roles with the permission \`${permission}\``;
}
