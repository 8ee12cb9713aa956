import type { Role } from "./user.ts";
import { roles } from "./user.ts";

/** What each role may do beyond the roles below it. */
export const ownPermissions = {
  user: ["user:read", "plugin:read", "content:read", "content:create", "content:update"],
  moderator: ["user:create", "user:update", "system:monitor", "content:delete", "content:moderate"],
  admin: ["user:delete", "user:manage_roles", "plugin:install", "plugin:uninstall", "plugin:configure"],
  superadmin: ["system:config", "system:admin"],
} as const satisfies Readonly<Record<Role, readonly string[]>>;

export type Permission = (typeof ownPermissions)[Role][number];

const byRole = new Map<Role, ReadonlySet<Permission>>(
  roles.map((role, rank) => [
    role,
    new Set(roles.slice(0, rank + 1).flatMap((included): readonly Permission[] => ownPermissions[included])),
  ]),
);

/** All that a role may do: its own permissions and those of the roles below it. */
export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return byRole.get(role) ?? new Set();
}
