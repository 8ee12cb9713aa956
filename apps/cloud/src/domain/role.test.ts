import assert from "node:assert/strict";
import { test } from "node:test";
import { permissionsOf } from "./permissions.ts";
import { outranks, parseRole } from "./role.ts";
import { roles } from "./user.ts";

test("each role outranks those before it and no other", () => {
  for (const [rank, one] of roles.entries())
    for (const [otherRank, other] of roles.entries()) assert.equal(outranks(one, other), rank > otherRank, `${one} over ${other}`);
});

test("a role is read by its name", () => {
  for (const role of roles) assert.equal(parseRole(role), role);
  for (const text of ["", "Admin", "root", "constructor"]) assert.throws(() => parseRole(text), { reason: "INVALID_ARGUMENT" }, text);
});

test("each role has its own permissions and those of the roles below", () => {
  const expected = {
    user: "content:create content:read content:update plugin:read user:read",
    moderator:
      "content:create content:delete content:moderate content:read content:update plugin:read system:monitor user:create user:read user:update",
    admin:
      "content:create content:delete content:moderate content:read content:update plugin:configure plugin:install plugin:read plugin:uninstall " +
      "system:monitor user:create user:delete user:manage_roles user:read user:update",
    superadmin:
      "content:create content:delete content:moderate content:read content:update plugin:configure plugin:install plugin:read plugin:uninstall " +
      "system:admin system:config system:monitor user:create user:delete user:manage_roles user:read user:update",
  };
  for (const role of roles) assert.equal([...permissionsOf(role)].sort().join(" "), expected[role], role);
});
