/**
 * What a contract says of its operations: the HTTP binding, the access rule, the form of the answer.
 * All of it is read from the descriptors by reflection, once at start-up.
 */
import type { DescField, DescMethod, DescService } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import type { Rule } from "../gen/arcana/access/v1/access_pb.ts";
import { rest as restOption, rule as ruleOption } from "../gen/arcana/access/v1/access_pb.ts";
import { http as httpOption } from "../gen/google/api/annotations_pb.ts";
import type { HttpRule } from "../gen/google/api/http_pb.ts";

/** One way to reach an operation by HTTP, as `google.api.http` declares it. */
export interface HttpBinding {
  readonly httpMethod: string;
  /** The template as written, such as `/api/v1/users/{user_id}`. */
  readonly template: string;
  /** Where request fields come from that are not in the path: the whole body, one field of it, or the query alone. */
  readonly body: { readonly kind: "none" } | { readonly kind: "all" } | { readonly kind: "field"; readonly field: DescField };
  /** The response field that is the answer; undefined: the whole response. */
  readonly responseField: DescField | undefined;
}

export interface Operation {
  /** Such as `arcana.user.v1.UserService/GetUser`. */
  readonly name: string;
  readonly method: DescMethod;
  /** Who may call. Undefined: nobody; serving such an operation is refused at start-up. */
  readonly rule: Rule | undefined;
  /** None: the operation is not reachable over REST. */
  readonly bindings: readonly HttpBinding[];
  readonly successStatus: number;
  /** Whether the answer stands outside the success envelope. */
  readonly bare: boolean;
}

export function operationsOf(services: readonly DescService[]): readonly Operation[] {
  return services.flatMap((service) => service.methods.map(operationOf));
}

export function operationName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

export function operationOf(method: DescMethod): Operation {
  const rest = hasOption(method, restOption) ? getOption(method, restOption) : undefined;
  return {
    name: operationName(method),
    method,
    rule: hasOption(method, ruleOption) ? getOption(method, ruleOption) : undefined,
    bindings: hasOption(method, httpOption) ? bindingsOf(method, getOption(method, httpOption)) : [],
    successStatus: rest?.successStatus || 200,
    bare: rest?.bare ?? false,
  };
}

function bindingsOf(method: DescMethod, rule: HttpRule): HttpBinding[] {
  return [bindingOf(method, rule), ...rule.additionalBindings.flatMap((additional) => bindingsOf(method, additional))];
}

function bindingOf(method: DescMethod, rule: HttpRule): HttpBinding {
  const { pattern } = rule;
  if (pattern.case === undefined) throw new TypeError(`${operationName(method)}: its HTTP rule names no path`);
  const [httpMethod, template] =
    pattern.case === "custom" ? [pattern.value.kind.toUpperCase(), pattern.value.path] : [pattern.case.toUpperCase(), pattern.value];
  return {
    httpMethod,
    template,
    body:
      rule.body === ""
        ? { kind: "none" }
        : rule.body === "*"
          ? { kind: "all" }
          : { kind: "field", field: fieldOf(method, "input", rule.body) },
    responseField: rule.responseBody === "" ? undefined : fieldOf(method, "output", rule.responseBody),
  };
}

function fieldOf(method: DescMethod, side: "input" | "output", name: string): DescField {
  const field = method[side].fields.find((candidate) => candidate.name === name);
  if (field === undefined)
    throw new TypeError(`${operationName(method)}: ${method[side].typeName} has no field ${name}, which its HTTP rule names`);
  return field;
}
