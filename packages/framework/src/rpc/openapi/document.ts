/** The OpenAPI document of a server's REST interface, made from its contracts. */
import type { Operation } from "../contract.ts";
import { securitySchemes } from "./access.ts";
import { documentedPath } from "./documented-path.ts";
import type { ErrorKinds } from "./error-responses.ts";
import { errorExamples, errorSchemas, headers, unnamedError } from "./error-responses.ts";
import type { HttpMethod, Info, OpenApi, OperationObject, PathItem, Paths, SecurityScheme, Server, Tag } from "./model.ts";
import { httpMethods } from "./model.ts";
import { shortNames } from "./names.ts";
import { documentOperation } from "./operation-object.ts";
import { createSchemas } from "./schemas.ts";

export interface OpenApiOptions {
  readonly operations: readonly Operation[];
  /** The contracts' comments, by full name. */
  readonly comments: Readonly<Record<string, string>>;
  /** Every reason that an operation can give: the framework's table and the application's, in one. */
  readonly errors: ErrorKinds;
  readonly info: Info;
  /** Default: where the document comes from. */
  readonly servers?: readonly Server[];
  /** Paths that are in no contract, such as `/ready`. */
  readonly paths?: Paths;
}

/**
 * Describes all operations that are reachable over REST. Equal options give an equal document.
 *
 * @throws TypeError where the contracts contradict themselves: an operation without access rule, an error that is in no
 * table, two operations of one method and path.
 */
export function openApiDocument(options: OpenApiOptions): OpenApi {
  const { comments, errors, info, servers = [{ url: "/" }] } = options;
  const operations = options.operations.filter(({ method, bindings }) => method.methodKind === "unary" && bindings.length > 0);
  const services = [...new Set(operations.map(({ method }) => method.parent))];
  const tags = shortNames(services);
  const tagOf = (typeName: string): string => tags.get(typeName) ?? typeName;
  const schemas = createSchemas({
    inputs: operations.map(({ method }) => method.input),
    outputs: operations.map(({ method }) => method.output),
    comments,
    reserved: Object.keys(errorSchemas),
  });
  const paths = createPaths();
  const reasons = new Set<string>();
  for (const operation of operations) {
    for (const [nth, binding] of operation.bindings.entries()) {
      const path = documentedPath(binding.template);
      const context = { schemas, comments, errors, tag: tagOf(operation.method.parent.typeName), nth };
      const documented = documentOperation(operation, binding, path, context);
      paths.add(path.path, binding.httpMethod.toLowerCase(), documented.object);
      for (const reason of documented.reasons) reasons.add(reason);
    }
  }
  for (const [path, item] of Object.entries(options.paths ?? {})) {
    for (const method of httpMethods) if (item[method] !== undefined) paths.add(path, method, item[method]);
  }
  const all = paths.all();
  return {
    openapi: "3.1.1",
    info,
    servers,
    tags: services.map(({ typeName }): Tag => ({ name: tagOf(typeName), ...described(comments[typeName]) })),
    paths: all,
    components: {
      schemas: { ...schemas.components(), ...errorSchemas },
      headers,
      examples: errorExamples(reasons, errors),
      responses: { Error: unnamedError },
      securitySchemes: schemesIn(all),
    },
  };
}

/** The schemes that some operation asks for. */
function schemesIn(paths: Paths): Readonly<Record<string, SecurityScheme>> {
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  const asked = new Set(operations.flatMap(({ security = [] }) => security.flatMap(Object.keys)));
  return Object.fromEntries(Object.entries(securitySchemes).filter(([name]) => asked.has(name)));
}

function described(description: string | undefined): Pick<Tag, "description"> {
  return description === undefined ? {} : { description };
}

/** Gathers operations by path and method. */
function createPaths() {
  const paths = new Map<string, PathItem>();
  return {
    add(path: string, method: string, object: OperationObject): void {
      if (!isHttpMethod(method)) throw new TypeError(`${path}: OpenAPI does not know the method ${method.toUpperCase()}`);
      const item = paths.get(path) ?? {};
      if (item[method] !== undefined) throw new TypeError(`${method.toUpperCase()} ${path} is two operations`);
      paths.set(path, { ...item, [method]: object });
    },
    all: (): Paths => Object.fromEntries(paths),
  };
}

function isHttpMethod(method: string): method is HttpMethod {
  return (httpMethods as readonly string[]).includes(method);
}
