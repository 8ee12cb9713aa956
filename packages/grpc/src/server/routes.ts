/** What Connect's routes declare: which function answers which method. */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext, ServiceImpl } from "@connectrpc/connect";

/** Declares what a server offers, in Connect's own form. */
export type Routes = (router: ConnectRouter) => void;

/** A handler, whatever the kind of its method: the kind tells what goes in and what comes out. */
export type Implementation = (input: unknown, context: HandlerContext) => unknown;

/**
 * The implementation of each method that the routes declare, in their order. Methods of a service that have none are left out.
 *
 * @throws TypeError where a method is declared twice
 */
export function recordRoutes(routes: Routes): Map<DescMethod, Implementation> {
  const found = new Map<DescMethod, Implementation>();
  const names = new Set<string>();
  const add = (method: DescMethod, implementation: Implementation): void => {
    const name = methodPath(method);
    if (names.has(name)) throw new TypeError(`${name} is declared twice`);
    names.add(name);
    found.set(method, implementation);
  };
  const recorder: ConnectRouter = {
    handlers: [],
    service<T extends DescService>(service: T, implementation: Partial<ServiceImpl<T>>) {
      const functions = implementation as Readonly<Record<string, Implementation | undefined>>;
      for (const method of service.methods) {
        const declared = functions[method.localName];
        if (declared !== undefined) add(method, declared.bind(implementation));
      }
      return recorder;
    },
    rpc(method: DescMethod, implementation: unknown) {
      add(method, implementation as Implementation);
      return recorder;
    },
  };
  routes(recorder);
  return found;
}

/** `/package.Service/Method`: what the method's calls have for `:path`. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
