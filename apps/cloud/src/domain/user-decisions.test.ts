import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSessionId } from "./id.ts";
import { outranks } from "./role.ts";
import { mayBecome } from "./status.ts";
import { sampleActor, sampleId, sampleTime, sampleUser } from "./testing/samples.ts";
import { roles, statuses } from "./user.ts";
import type { UserChange } from "./user-change.ts";
import { isUnchanged } from "./user-change.ts";
import { changePassword, changeProfile, changeRole, changeStatus, remove } from "./user-decisions.ts";

const later = new Date(sampleTime.getTime() + 60_000);
const refusalOf = (decide: () => UserChange): string | undefined => {
  try {
    decide();
    return undefined;
  } catch (error) {
    return String((error as { reason?: string }).reason);
  }
};

test("a role is changed by whom neither the old nor the new role outranks, whatever the three roles are", () => {
  for (const actorRole of roles)
    for (const oldRole of roles)
      for (const newRole of roles) {
        const refusal = refusalOf(() => changeRole(sampleUser({ role: oldRole }), newRole, sampleActor(actorRole), later));
        const forbidden = outranks(oldRole, actorRole) || outranks(newRole, actorRole);
        assert.equal(refusal, forbidden ? "ROLE_TOO_HIGH" : undefined, `${actorRole} changes ${oldRole} to ${newRole}`);
      }
});

test("a change of role is announced and ends all sessions", () => {
  const user = sampleUser();
  const admin = sampleActor("admin");
  const change = changeRole(user, "moderator", admin, later);
  assert.deepEqual(change.after, { ...user, role: "moderator", updatedAt: later });
  assert.equal(change.before, user);
  assert.deepEqual(change.endSessions, { which: "all" });
  assert.deepEqual(change.events, [
    {
      type: "user.role_changed",
      aggregateId: user.id,
      payload: { user_id: user.id, old_role: "user", new_role: "moderator", changed_by: admin.id },
    },
  ]);
});

test("the role that one has already is no change", () => {
  const user = sampleUser({ role: "moderator" });
  const change = changeRole(user, "moderator", sampleActor("admin"), later);
  assert.ok(isUnchanged(change));
  assert.deepEqual([change.events, change.endSessions], [[], { which: "none" }]);
});

test("one may lower oneself", () => {
  const admin = sampleUser({ role: "admin" });
  assert.equal(changeRole(admin, "user", { id: admin.id, role: "admin" }, later).after.role, "user");
});

test("who was just demoted cannot take the role back with the token that still tells it", () => {
  const demoted = sampleUser({ role: "user" });
  const stale = { id: demoted.id, role: "admin" } as const;
  assert.equal(
    refusalOf(() => changeRole(demoted, "admin", stale, later)),
    "ROLE_TOO_HIGH",
  );
  assert.equal(
    refusalOf(() => changeRole(demoted, "moderator", stale, later)),
    "ROLE_TOO_HIGH",
  );
});

test("a status changes where the table allows it, and stays where it is the same", () => {
  for (const from of statuses)
    for (const status of statuses) {
      const user = sampleUser({ status: from });
      const refusal = refusalOf(() => changeStatus(user, { status, reason: undefined }, sampleActor("admin"), later));
      assert.equal(refusal, from === status || mayBecome(from, status) ? undefined : "INVALID_STATUS_TRANSITION", `${from} to ${status}`);
    }
});

test("a reason with control characters is refused, and named", () => {
  const withReason = (reason: string) => () => changeStatus(sampleUser(), { status: "suspended", reason }, sampleActor("admin"), later);
  assert.throws(withReason("spam\u0000"), { reason: "VALIDATION_ERROR", message: /^reason/ });
  assert.equal(refusalOf(withReason("Zwölf Beschwerden 🚫")), undefined);
});

test("a suspension and a lock end all sessions, an activation none", () => {
  const suspended = changeStatus(sampleUser(), { status: "suspended", reason: "spam" }, sampleActor("admin"), later);
  assert.deepEqual(suspended.endSessions, { which: "all" });
  const locked = changeStatus(sampleUser(), { status: "locked", reason: undefined }, sampleActor("admin"), later);
  assert.deepEqual(locked.endSessions, { which: "all" });
  const activated = changeStatus(sampleUser({ status: "suspended" }), { status: "active", reason: undefined }, sampleActor("admin"), later);
  assert.deepEqual(activated.endSessions, { which: "none" });
});

test("a change of status is announced with its reason", () => {
  const user = sampleUser();
  const admin = sampleActor("admin");
  const { events } = changeStatus(user, { status: "suspended", reason: "spam" }, admin, later);
  assert.deepEqual(events, [
    {
      type: "user.status_changed",
      aggregateId: user.id,
      payload: { user_id: user.id, old_status: "active", new_status: "suspended", reason: "spam", changed_by: admin.id },
    },
  ]);
});

test("nobody acts on a user of a higher role, in any way", () => {
  const superadmin = sampleUser({ role: "superadmin" });
  const admin = sampleActor("admin");
  const ways = [
    () => changeRole(superadmin, "user", admin, later),
    () => changeStatus(superadmin, { status: "suspended", reason: undefined }, admin, later),
    () => changeProfile(superadmin, { firstName: "Eve" }, admin, later),
    () => remove(superadmin, admin, later),
  ];
  for (const way of ways) assert.equal(refusalOf(way), "ROLE_TOO_HIGH");
});

test("what is absent from a change of profile stays, what is empty is removed", () => {
  const user = sampleUser({ avatarUrl: "https://img.example/a" });
  const by = { id: user.id, role: user.role };
  const change = changeProfile(user, { firstName: "  Eve ", avatarUrl: "" }, by, later);
  assert.deepEqual(change.after, { ...user, firstName: "Eve", avatarUrl: undefined, updatedAt: later });
  assert.deepEqual(change.events, [
    { type: "user.updated", aggregateId: user.id, payload: { user_id: user.id, updated_fields: ["first_name", "avatar_url"] } },
  ]);
  assert.deepEqual(change.endSessions, { which: "none" });
  assert.equal(changeProfile(user, { lastName: "" }, by, later).after.lastName, undefined);
});

test("a profile that stays the same is no change", () => {
  const user = sampleUser();
  const by = { id: user.id, role: user.role };
  assert.ok(isUnchanged(changeProfile(user, {}, by, later)));
  assert.ok(isUnchanged(changeProfile(user, { firstName: "Sam", avatarUrl: "" }, by, later)));
});

test("a deletion is final, announced, and ends all sessions", () => {
  const user = sampleUser();
  const admin = sampleActor("admin");
  const change = remove(user, admin, later);
  assert.deepEqual(change.after, { ...user, status: "deleted", updatedAt: later });
  assert.deepEqual(change.endSessions, { which: "all" });
  assert.deepEqual(change.events, [{ type: "user.deleted", aggregateId: user.id, payload: { user_id: user.id, deleted_by: admin.id } }]);
  assert.equal(
    refusalOf(() => remove(change.after, admin, later)),
    "USER_NOT_FOUND",
  );
});

test("a password is changed by the user alone, and the other sessions end", () => {
  const user = sampleUser();
  const session = parseSessionId(sampleId(9));
  const change = changePassword(user, { id: user.id, role: "user" }, session, later);
  assert.deepEqual(change.endSessions, { which: "others", keep: session });
  assert.deepEqual(change.events, [
    { type: "auth.password_changed", aggregateId: user.id, payload: { user_id: user.id, changed_by: user.id } },
  ]);
  assert.deepEqual(changePassword(user, { id: user.id, role: "user" }, undefined, later).endSessions, { which: "all" });
  assert.equal(
    refusalOf(() => changePassword(user, sampleActor("superadmin"), session, later)),
    "FORBIDDEN",
  );
});

test("every change moves `updatedAt` on, even within a millisecond and when the clock went back", () => {
  const user = sampleUser();
  const by = { id: user.id, role: user.role };
  const earlier = new Date(sampleTime.getTime() - 60_000);
  for (const at of [sampleTime, earlier]) {
    const { after } = changePassword(user, by, undefined, at);
    assert.equal(after.updatedAt.getTime(), sampleTime.getTime() + 1);
  }
});
