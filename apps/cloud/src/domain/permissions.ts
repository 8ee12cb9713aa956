import type { Role } from "./user.ts";

/** What each role may do beyond the roles below it. */
export const permissionsOf = {
  user: ["user:read", "plugin:read", "content:read", "content:create", "content:update"],
  moderator: ["user:create", "user:update", "system:monitor", "content:delete", "content:moderate"],
  admin: ["user:delete", "user:manage_roles", "plugin:install", "plugin:uninstall", "plugin:configure"],
  superadmin: ["system:config", "system:admin"],
} as const satisfies Readonly<Record<Role, readonly string[]>>;
