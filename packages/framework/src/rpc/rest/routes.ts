/** The routes of a contract's operations, checked at start-up: what cannot be served as written is refused by name. */
import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import type { HttpBinding, Operation } from "../contract.ts";
import type { FieldPath } from "../json/parameters.ts";
import { findFieldPath } from "../json/parameters.ts";
import type { PathTemplate } from "../path-template.ts";
import { parsePathTemplate } from "../path-template.ts";

/** One way to reach one operation. */
export interface RestRoute {
  readonly operation: Operation;
  readonly method: DescMethodUnary;
  readonly binding: HttpBinding;
  readonly template: PathTemplate;
  /** The request fields that the template's variables are bound to, in their order. */
  readonly pathFields: readonly FieldPath[];
}

/** HEAD comes with GET; other methods have no meaning for an API, or one of their own. */
const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** @throws TypeError naming the operation whose HTTP rule cannot be served, and why. */
export function routesOf(operations: readonly Operation[]): readonly RestRoute[] {
  const routes = operations.flatMap((operation) => operation.bindings.map((binding) => routeOf(operation, binding)));
  const taken = new Map<string, RestRoute>();
  for (const route of routes) {
    const { binding, template, operation } = route;
    const key = `${binding.httpMethod} ${template.route} ${template.verb ?? ""}`;
    const other = taken.get(key);
    if (other !== undefined) fail(operation, binding, `matches the same requests as ${other.template.source} of ${other.operation.name}`);
    taken.set(key, route);
  }
  return routes;
}

/** The request fields, by their paths in proto names, that a binding takes from the path: what is wrong with them is a bad address. */
export function pathFieldsOf(binding: HttpBinding): ReadonlySet<string> {
  return new Set(parsePathTemplate(binding.template).variables.map(({ field }) => field));
}

function routeOf(operation: Operation, binding: HttpBinding): RestRoute {
  const { method, successStatus } = operation;
  if (!isUnary(method)) return fail(operation, binding, "a streaming operation cannot be served over REST");
  if (!methods.has(binding.httpMethod)) fail(operation, binding, `the method is not one of ${[...methods].join(", ")}`);
  if (binding.httpMethod === "GET" && binding.body.kind !== "none") fail(operation, binding, "a GET request has no body");
  if (successStatus < 200 || successStatus > 299) fail(operation, binding, `${successStatus} is no status of success`);
  const template = templateOf(operation, binding);
  const pathFields = template.variables.map(({ field }) => pathField(operation, binding, field));
  return { operation, method, binding, template, pathFields };
}

function templateOf(operation: Operation, binding: HttpBinding): PathTemplate {
  try {
    return parsePathTemplate(binding.template);
  } catch (error) {
    return fail(operation, binding, error instanceof Error ? error.message : String(error));
  }
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function pathField(operation: Operation, binding: HttpBinding, name: string): FieldPath {
  const path = findFieldPath(operation.method.input, name);
  const field = path?.[path.length - 1];
  if (path === undefined || field === undefined) return fail(operation, binding, `${operation.method.input.typeName} has no field ${name}`);
  if (field.fieldKind !== "scalar" && field.fieldKind !== "enum") fail(operation, binding, `the field ${name} does not fit into a path`);
  const inBody = binding.body.kind === "field" && path.length === 1 && binding.body.field === field;
  if (inBody) fail(operation, binding, `the field ${name} is both in the path and the body`);
  return path;
}

function fail(operation: Operation, { httpMethod, template }: HttpBinding, why: string): never {
  throw new TypeError(`${operation.name}, ${httpMethod} ${template}: ${why}`);
}
