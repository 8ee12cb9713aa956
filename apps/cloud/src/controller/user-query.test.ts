import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { ListUsersRequestSchema, UserRole, UserStatus } from "../gen/arcana/user/v1/user_pb.ts";
import { userSorts } from "../service/ports.ts";
import { toUserQuery } from "./user-query.ts";

const queryOf = (init: MessageInitShape<typeof ListUsersRequestSchema>) => toUserQuery(create(ListUsersRequestSchema, init));

test("without wishes it is the first page of 20, the newest first", () => {
  assert.deepEqual(queryOf({}), {
    page: 0,
    size: 20,
    role: undefined,
    status: undefined,
    search: undefined,
    sort: { by: "created_at", direction: "desc" },
  });
});

test("every wish is passed on", () => {
  const wishes = { page: 3, size: 7, role: UserRole.ADMIN, status: UserStatus.DELETED, search: " ann ", sort: "email:desc" };
  assert.deepEqual(queryOf(wishes), {
    page: 3,
    size: 7,
    role: "admin",
    status: "deleted",
    search: "ann",
    sort: { by: "email", direction: "desc" },
  });
});

test("a field alone is sorted upwards, whichever field it is", () => {
  for (const by of userSorts) assert.deepEqual(queryOf({ sort: by }).sort, { by, direction: "asc" });
});

test("blanks are no search", () => {
  assert.equal(queryOf({ search: "  " }).search, undefined);
});

test("what is no field, no direction, no role or no status is refused", () => {
  for (const sort of ["password_hash", "email:up", "email:", ":asc"])
    assert.throws(() => queryOf({ sort }), { reason: "INVALID_ARGUMENT" }, sort);
  assert.throws(() => queryOf({ role: 0 }), { reason: "INVALID_ARGUMENT" });
  assert.throws(() => queryOf({ role: 99 as UserRole }), { reason: "INVALID_ARGUMENT" });
  assert.throws(() => queryOf({ status: 99 as UserStatus }), { reason: "INVALID_ARGUMENT" });
});
