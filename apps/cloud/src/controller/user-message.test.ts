import assert from "node:assert/strict";
import { test } from "node:test";
import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { sampleUser } from "../domain/testing/samples.ts";
import { roles, statuses } from "../domain/user.ts";
import { UserRole, UserSchema, UserStatus } from "../gen/arcana/user/v1/user_pb.ts";
import { toUserMessage, toUserResponse } from "./user-message.ts";

const time = new Date("2026-03-04T05:06:07.089Z");

test("a user becomes the message that `create` would make", () => {
  const full = sampleUser({ avatarUrl: "https://img.example/a", lastLoginAt: time, role: "admin", status: "locked", emailVerified: true });
  const bare = sampleUser({ firstName: undefined, lastName: undefined });
  for (const user of [full, bare]) {
    const { createdAt, updatedAt, lastLoginAt } = user;
    const expected = create(UserSchema, {
      id: user.id,
      username: user.username,
      email: user.email,
      ...(user.firstName !== undefined && { firstName: user.firstName }),
      ...(user.lastName !== undefined && { lastName: user.lastName }),
      role: user === full ? UserRole.ADMIN : UserRole.USER,
      status: user === full ? UserStatus.LOCKED : UserStatus.ACTIVE,
      emailVerified: user.emailVerified,
      ...(user.avatarUrl !== undefined && { avatarUrl: user.avatarUrl }),
      ...(lastLoginAt !== undefined && { lastLoginAt: timestampFromDate(lastLoginAt) }),
      createdAt: timestampFromDate(createdAt),
      updatedAt: timestampFromDate(updatedAt),
    });
    assert.ok(equals(UserSchema, toUserMessage(user), expected));
    assert.deepEqual(fromBinary(UserSchema, toBinary(UserSchema, toUserMessage(user))), expected);
  }
});

test("no field of the message is left out", () => {
  const message = toUserMessage(sampleUser({ avatarUrl: "https://img.example/a", lastLoginAt: time }));
  for (const { localName } of UserSchema.fields)
    assert.notEqual((message as unknown as Record<string, unknown>)[localName], undefined, localName);
});

test("every role and every status has a value of its own, and none is the unspecified one", () => {
  const roleValues = roles.map((role) => toUserMessage(sampleUser({ role })).role);
  const statusValues = statuses.map((status) => toUserMessage(sampleUser({ status })).status);
  assert.deepEqual(roleValues, [UserRole.USER, UserRole.MODERATOR, UserRole.ADMIN, UserRole.SUPERADMIN]);
  assert.deepEqual(statusValues, [
    UserStatus.PENDING_VERIFICATION,
    UserStatus.ACTIVE,
    UserStatus.SUSPENDED,
    UserStatus.LOCKED,
    UserStatus.DELETED,
  ]);
});

test("times keep their milliseconds, before 1970 too", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true, min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z") }), (date) => {
      const { createdAt } = toUserMessage(sampleUser({ createdAt: date }));
      const { seconds, nanos } = timestampFromDate(date);
      assert.deepEqual([createdAt?.seconds, createdAt?.nanos], [seconds, nanos]);
    }),
    { seed: 20260101, numRuns: 300 },
  );
});

test("an answer wraps the user", () => {
  const user = sampleUser();
  assert.deepEqual(toUserResponse(user), { $typeName: "arcana.user.v1.UserResponse", user: toUserMessage(user) });
});
