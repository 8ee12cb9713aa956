import type { FastifyInstance, RouteHandlerMethod } from "fastify";
import { matchPath } from "../path-template.ts";
import { mostFieldBytes, mostMessageBytes, mostUnreadBytes } from "../request-size.ts";
import type { RouteConfig } from "./instance.ts";
import { ignoreBodies, takeJsonBodies } from "./json-body.ts";
import type { RestRoute } from "./routes.ts";
import type { ServeOptions } from "./serve.ts";
import { compileServe } from "./serve.ts";
import { pathOf } from "./target-path.ts";

/** Routes that the router cannot tell apart: they differ in a verb behind a wildcard. */
type Group = readonly RestRoute[];

/** Registers the routes, those that take bodies apart from those that do not: Fastify chooses parsers by plugin. */
export function serveRoutes(fastify: FastifyInstance, routes: readonly RestRoute[], options: ServeOptions): void {
  const groups = [
    ...Map.groupBy(routes, ({ binding, template }) => `${binding.httpMethod} ${template.route}`).values(),
  ] as readonly Group[];
  const takesBody = (group: Group): boolean => group.some(({ binding }) => binding.body.kind !== "none");
  fastify.register((instance, _, done) => {
    takeJsonBodies(instance);
    for (const group of groups.filter(takesBody)) register(instance, group, options);
    done();
  });
  fastify.register((instance, _, done) => {
    ignoreBodies(instance);
    for (const group of groups.filter((candidate) => !takesBody(candidate))) register(instance, group, options);
    done();
  });
}

function register(fastify: FastifyInstance, group: Group, options: ServeOptions): void {
  const [route] = group;
  if (route === undefined) return;
  const { binding, template } = route;
  const config: RouteConfig = { addresses: group.map((each) => each.template.matcher), callOf: callOf(group) };
  const method = binding.httpMethod;
  const bodyLimit = Math.min(fastify.initialConfig.bodyLimit ?? Number.POSITIVE_INFINITY, Math.max(...group.map(mostBodyBytes)));
  fastify.route({ method, url: template.route, exposeHeadRoute: method === "GET", config, bodyLimit, handler: handlerOf(group, options) });
}

function mostBodyBytes({ method, binding: { body } }: RestRoute): number {
  if (body.kind === "none") return mostUnreadBytes;
  const most = body.kind === "all" ? mostMessageBytes(method.input) : mostFieldBytes(body.field);
  return most ?? Number.POSITIVE_INFINITY;
}

/** Who has a verb is asked first: without one a wildcard takes everything. */
function verbsFirst(group: Group): Group {
  return group.toSorted((a, b) => Number(a.template.verb === undefined) - Number(b.template.verb === undefined));
}

function callOf(group: Group): NonNullable<RouteConfig["callOf"]> {
  const routes = verbsFirst(group);
  return ({ url }) => {
    const path = pathOf(url);
    const route = routes.find(({ template }) => matchPath(template, path) !== undefined);
    return route && { method: route.method, protocol: "rest" };
  };
}

function handlerOf(group: Group, options: ServeOptions): RouteHandlerMethod {
  const serves = verbsFirst(group).map((route) => compileServe(route, options));
  const [serve] = serves;
  if (serves.length > 1 || serve === undefined) {
    return (request, reply) => {
      if (!serves.some((candidate) => candidate(request, reply))) reply.callNotFound();
    };
  }
  return (request, reply) => {
    if (!serve(request, reply)) reply.callNotFound();
  };
}
