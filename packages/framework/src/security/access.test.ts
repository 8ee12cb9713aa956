import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { RuleSchema } from "../gen/arcana/access/v1/access_pb.ts";
import { Health, HealthCheckRequestSchema } from "../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.ts";
import type { Operation } from "../rpc/contract.ts";
import { createAccessPolicy } from "./access.ts";
import type { Caller } from "./caller.ts";

const policy = createAccessPolicy({
  roles: ["user", "moderator", "admin"],
  permissions: { user: ["note:read"], moderator: ["note:delete"], admin: ["user:delete"] },
});

type Allow = NonNullable<MessageInitShape<typeof RuleSchema>["allow"]>;
/** `grpc.health.v1.Health/Check`, whose request has one field, the text `service`, under the rule. */
function operation(allow: Allow | undefined, method: DescMethod = Health.method.check): Operation {
  const rule = allow === undefined ? undefined : create(RuleSchema, { allow });
  return { name: `test/${method.name}`, method, rule, bindings: [], successStatus: 200, bare: false };
}

const id = "0199a000-0000-7000-8000-00000000000a";
const caller = (role: string, userId = id): Caller => ({ userId, role, sessionId: "s", tokenId: "t", expiresAtMs: 0 });
const message = (service: string) => create(HealthCheckRequestSchema, { service });

/** What becomes of a call: the reason of the error, or that it is allowed. */
function outcome(allow: Allow, who: Caller | undefined, service = ""): string {
  try {
    policy.guardOf(operation(allow)).check(who, message(service));
    return "allowed";
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error);
  }
}

test("a role has its own permissions and those of the ones below", () => {
  const table = ["user", "moderator", "admin"].map((role) =>
    ["note:read", "note:delete", "user:delete"].map((p) => policy.allows(role, p)),
  );
  assert.deepEqual(table, [
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test("a role is at least itself and the ones below", () => {
  assert.ok(policy.atLeast("moderator", "moderator"));
  assert.ok(policy.atLeast("admin", "user"));
  assert.ok(!policy.atLeast("user", "moderator"));
});

test("roles and permissions that do not exist, or that objects are born with, allow nothing", () => {
  for (const odd of ["", "root", "Admin", "constructor", "__proto__", "toString"]) {
    assert.ok(!policy.atLeast(odd, "user"));
    assert.ok(!policy.atLeast("admin", odd));
    assert.ok(!policy.atLeast(odd, odd));
    assert.ok(!policy.allows(odd, "note:read"));
    assert.ok(!policy.allows("admin", odd));
  }
});

test("a public operation is for anyone", () => {
  const allow: Allow = { case: "public", value: true };
  assert.equal(outcome(allow, undefined), "allowed");
  assert.equal(outcome(allow, caller("user")), "allowed");
  assert.equal(policy.guardOf(operation(allow)).isPublic, true);
});

test("an authenticated one is for anyone with a token", () => {
  const allow: Allow = { case: "authenticated", value: true };
  assert.equal(outcome(allow, undefined), "UNAUTHORIZED");
  assert.equal(outcome(allow, caller("user")), "allowed");
  assert.equal(policy.guardOf(operation(allow)).isPublic, false);
});

test("one with a role is for that role and higher ones", () => {
  const allow: Allow = { case: "role", value: "moderator" };
  assert.deepEqual(
    [undefined, caller("user"), caller("moderator"), caller("admin"), caller("unheard-of")].map((who) => outcome(allow, who)),
    ["UNAUTHORIZED", "FORBIDDEN", "allowed", "allowed", "FORBIDDEN"],
  );
});

test("one with a permission is for the roles that have it", () => {
  const allow: Allow = { case: "permission", value: "note:delete" };
  assert.deepEqual(
    [undefined, caller("user"), caller("moderator"), caller("admin")].map((who) => outcome(allow, who)),
    ["UNAUTHORIZED", "FORBIDDEN", "allowed", "allowed"],
  );
});

test("one with an owner is for the owner alone, however the id is spelled", () => {
  const allow: Allow = { case: "owner", value: { field: "service" } };
  assert.equal(outcome(allow, caller("user"), id), "allowed");
  assert.equal(outcome(allow, caller("user"), id.toUpperCase()), "allowed");
  assert.equal(outcome(allow, caller("admin", id.replace("a", "b")), id), "FORBIDDEN");
  assert.equal(outcome(allow, undefined, id), "UNAUTHORIZED");
  for (const odd of ["", `{${id}}`, `urn:uuid:${id}`, `${id} `, id.replaceAll("-", "")])
    assert.equal(outcome(allow, caller("user"), odd), "FORBIDDEN");
});

test("nobody owns what has no id, even where the caller has none", () => {
  const allow: Allow = { case: "owner", value: { field: "service" } };
  assert.equal(outcome(allow, caller("user", ""), ""), "FORBIDDEN");
  assert.equal(outcome(allow, caller("user", "me"), "me"), "FORBIDDEN");
  assert.throws(() => policy.guardOf(operation(allow)).check(caller("user"), undefined), { reason: "FORBIDDEN" });
});

test("an owner's alternative lets others pass, by role or by permission", () => {
  const stranger = (role: string) => caller(role, id.replace("a", "b"));
  for (const or of [
    { case: "role", value: "moderator" },
    { case: "permission", value: "note:delete" },
  ] as const) {
    const allow: Allow = { case: "owner", value: { field: "service", or } };
    assert.equal(outcome(allow, caller("user"), id), "allowed");
    assert.equal(outcome(allow, stranger("user"), id), "FORBIDDEN");
    assert.equal(outcome(allow, stranger("moderator"), id), "allowed");
    assert.equal(outcome(allow, stranger("admin"), id), "allowed");
    assert.equal(outcome(allow, undefined, id), "UNAUTHORIZED");
  }
});

test("no user is a peer, whatever their role", () => {
  assert.equal(outcome({ case: "peer", value: "controller" }, caller("admin")), "FORBIDDEN");
  assert.equal(outcome({ case: "peer", value: "controller" }, undefined), "UNAUTHORIZED");
});

const maskMethod = { ...Health.method.check, input: FieldMaskSchema };
const plainMethod = { ...Health.method.check, input: StringValueSchema };

for (const [what, wrong, complaint] of [
  ["no rule", operation(undefined), /test\/Check: it has no access rule/],
  ["an empty rule", operation({ case: undefined }), /test\/Check: its rule allows nobody/],
  ["public: false", operation({ case: "public", value: false }), /public: false/],
  ["authenticated: false", operation({ case: "authenticated", value: false }), /authenticated: false/],
  ["an unknown role", operation({ case: "role", value: "root" }), /the role "root", which does not exist/],
  ["no role", operation({ case: "role", value: "" }), /the role ""/],
  ["an unknown permission", operation({ case: "permission", value: "note:burn" }), /the permission "note:burn", which no role has/],
  ["an unknown owner field", operation({ case: "owner", value: { field: "user_id" } }), /the field "user_id", which .*HealthCheckRequest/],
  ["an owner field by its local name", operation({ case: "owner", value: { field: "localName" } }), /the field "localName"/],
  ["an owner field that is a list", operation({ case: "owner", value: { field: "paths" } }, maskMethod), /"paths", which is not a plain/],
  [
    "an unknown role of the alternative",
    operation({ case: "owner", value: { field: "service", or: { case: "role", value: "root" } } }),
    /the role "root"/,
  ],
  [
    "an unknown permission of the alternative",
    operation({ case: "owner", value: { field: "service", or: { case: "permission", value: "x" } } }),
    /the permission "x"/,
  ],
  ["a peer of no tier", operation({ case: "peer", value: "" }), /names no tier/],
  [
    "an owner in a stream of requests",
    operation({ case: "owner", value: { field: "host" } }, ServerReflection.method.serverReflectionInfo),
    /a stream of requests may name many/,
  ],
] as const)
  test(`an operation with ${what} is refused at start-up, by name`, () => {
    assert.throws(() => policy.guardOf(wrong), complaint);
    assert.throws(() => policy.checkRules([operation({ case: "public", value: true }), wrong]), complaint);
  });

test("the check at start-up lists every fault, and is silent where there is none", () => {
  assert.equal(policy.checkRules([operation({ case: "public", value: true })]), undefined);
  assert.equal(policy.checkRules([operation({ case: "owner", value: { field: "value" } }, plainMethod)]), undefined);
  assert.throws(() => policy.checkRules([operation(undefined), operation({ case: "role", value: "root" }, Health.method.watch)]), {
    message: /^test\/Check: .*\ntest\/Watch: .*$/,
  });
});

test("a policy that contradicts itself is refused", () => {
  assert.throws(() => createAccessPolicy({ roles: ["user", "user"], permissions: { user: [] } }), /named twice/);
  const permissions = { user: [], root: ["all"] };
  assert.throws(() => createAccessPolicy({ roles: ["user"], permissions }), /the role root, which does not exist/);
});
