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

test("every role has permissions, and none is given twice", () => {
  const all = roles.flatMap((role): readonly string[] => permissionsOf[role]);
  assert.equal(new Set(all).size, all.length);
  for (const role of roles) assert.ok(permissionsOf[role].length > 0, role);
  for (const permission of all) assert.match(permission, /^[a-z]+:[a-z_]+$/);
});
