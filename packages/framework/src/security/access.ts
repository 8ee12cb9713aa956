/**
 * Who may call what. The rule of an operation stands in its contract (`arcana.access.v1.rule`); what the rules' words
 * mean, the order of the roles and the permissions of each, is the application's and is handed in as data.
 */
import type { DescField, Message } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { frameworkError } from "../error/index.ts";
import type { Owner, Rule } from "../gen/arcana/access/v1/access_pb.ts";
import type { Operation } from "../rpc/contract.ts";
import type { Caller } from "./caller.ts";

export interface AccessPolicyOptions<Role extends string> {
  /** Lowest first: each role may do what the ones before it may. */
  readonly roles: readonly Role[];
  /** What each role may do beyond the ones before it. */
  readonly permissions: Readonly<Record<Role, readonly string[]>>;
}

/** The rule of one operation, ready to be asked. */
export interface Guard {
  /** Anyone may call, with or without a token. */
  readonly isPublic: boolean;
  /** Whether the answer may depend on the request message, which a stream has not at its start. */
  readonly needsMessage: boolean;
  /**
   * Returns where the caller may call.
   *
   * @throws UNAUTHORIZED where a caller is needed and there is none; FORBIDDEN where this one may not.
   */
  check(caller: Caller | undefined, message: Message | undefined): void;
}

export interface AccessPolicy {
  /** False for a role or a permission that does not exist. */
  allows(role: string, permission: string): boolean;
  /** Whether the role is the minimum or a higher one. False where either does not exist. */
  atLeast(role: string, minimum: string): boolean;
  /** @throws TypeError where the operation has no rule, or one that this policy cannot decide; it names the operation. */
  guardOf(operation: Operation): Guard;
  /** @throws TypeError that lists every operation whose rule is missing or wrong. To be called at start-up. */
  checkRules(operations: readonly Operation[]): void;
}

/** Whether a caller may call; the message is undefined where the operation is a stream's start. */
type Decision = (caller: Caller, message: Message | undefined) => boolean;

/** @throws TypeError for a role twice, or permissions of a role that does not exist. */
export function createAccessPolicy<Role extends string>({ roles, permissions }: AccessPolicyOptions<Role>): AccessPolicy {
  const ranks = new Map<string, number>(roles.map((role, rank) => [role, rank]));
  if (ranks.size !== roles.length) throw new TypeError(`a role is named twice: ${roles.join(", ")}`);
  for (const role of Object.keys(permissions))
    if (!ranks.has(role)) throw new TypeError(`permissions are given to the role ${role}, which does not exist`);
  const granted = new Map<string, ReadonlySet<string>>(
    roles.map((role, rank) => [role, new Set(roles.slice(0, rank + 1).flatMap((lower) => permissions[lower]))]),
  );

  const atLeast = (role: string, minimum: string) => (ranks.get(role) ?? -1) >= (ranks.get(minimum) ?? Number.POSITIVE_INFINITY);
  const allows = (role: string, permission: string) => granted.get(role)?.has(permission) ?? false;

  const byRole = (minimum: string): Decision => {
    if (!ranks.has(minimum)) throw new TypeError(`its rule names the role "${minimum}", which does not exist`);
    return ({ role }) => atLeast(role, minimum);
  };
  const byPermission = (permission: string): Decision => {
    if (![...granted.values()].some((of) => of.has(permission)))
      throw new TypeError(`its rule names the permission "${permission}", which no role has`);
    return ({ role }) => allows(role, permission);
  };
  const byOwnership = (operation: Operation, { field: name, or }: Owner): Decision => {
    const isOwner = ownership(ownerField(operation, name));
    if (or.case === undefined) return isOwner;
    const alternative = or.case === "role" ? byRole(or.value) : byPermission(or.value);
    return (caller, message) => alternative(caller, message) || isOwner(caller, message);
  };

  const guardOfRule = (operation: Operation, { allow }: Rule): Guard => {
    switch (allow.case) {
      case "public":
        return requireTrue(allow.case, allow.value) && publicGuard;
      case "authenticated":
        return requireTrue(allow.case, allow.value) && guard(() => true);
      case "role":
        return guard(byRole(allow.value));
      case "permission":
        return guard(byPermission(allow.value));
      case "owner":
        return { ...guard(byOwnership(operation, allow.value)), needsMessage: true };
      case "peer":
        if (allow.value === "") throw new TypeError("its rule is for a peer and names no tier");
        // Peers are proven by their certificate, elsewhere. Whoever comes with a user's token is none.
        return guard(() => false);
      case undefined:
        throw new TypeError("its rule allows nobody; set one of the alternatives of arcana.access.v1.Rule");
    }
  };

  const guardOf = (operation: Operation): Guard => {
    try {
      if (operation.rule === undefined) throw new TypeError("it has no access rule; set the option (arcana.access.v1.rule)");
      return guardOfRule(operation, operation.rule);
    } catch (error) {
      throw error instanceof TypeError ? new TypeError(`${operation.name}: ${error.message}`) : error;
    }
  };

  return {
    allows,
    atLeast,
    guardOf,
    checkRules(operations) {
      const faults = operations.flatMap((operation) => faultsOf(() => guardOf(operation)));
      if (faults.length > 0) throw new TypeError(faults.join("\n"));
    },
  };
}

const publicGuard: Guard = { isPublic: true, needsMessage: false, check: () => undefined };

function guard(decide: Decision): Guard {
  return {
    isPublic: false,
    needsMessage: false,
    check(caller, message) {
      if (caller === undefined) throw frameworkError("UNAUTHORIZED", "this operation needs a bearer token");
      if (!decide(caller, message)) throw frameworkError("FORBIDDEN", "you are not allowed to do this");
    },
  };
}

function requireTrue(alternative: string, value: boolean): true {
  if (!value) throw new TypeError(`its rule says ${alternative}: false, which allows nobody`);
  return true;
}

/** The field with the owner's id: text, there once, with a value of its own, in a request that comes whole. */
function ownerField({ method }: Operation, name: string): DescField {
  const field = method.input.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new TypeError(`its rule names the field "${name}", which ${method.input.typeName} does not have`);
  if (field.fieldKind !== "scalar" || field.scalar !== ScalarType.STRING || field.oneof !== undefined)
    throw new TypeError(`its rule names the field "${name}", which is not a plain string`);
  if (method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming")
    throw new TypeError("its rule is about an owner, and a stream of requests may name many");
  return field;
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Ids are compared in their canonical spelling (RFC 9562, section 4): what is no UUID is nobody's. */
function ownership(field: DescField): Decision {
  return ({ userId }, message) => {
    const value = (message as Readonly<Record<string, unknown>> | undefined)?.[field.localName];
    if (typeof value !== "string") return false;
    const owner = value.toLowerCase();
    return uuid.test(owner) && owner === userId.toLowerCase();
  };
}

function faultsOf(attempt: () => unknown): string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (error instanceof TypeError) return [error.message];
    throw error;
  }
}
