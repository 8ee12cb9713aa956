/** Calls the controllers as the edge does, without a wire and without interceptors. */
import type { Call } from "@arcana/framework/rpc";
import { createDispatch, setCall } from "@arcana/framework/rpc";
import type { Caller } from "@arcana/framework/security";
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import type { World } from "../../service/testing/world.ts";
import type { Readiness } from "../health.ts";
import { createRoutes } from "../routes.ts";

export const allReady: Readiness = { report: async () => ({ ready: true, dependencies: [] }), watch: () => () => undefined };

export function callValues(caller?: Caller, values: Partial<Call> = {}) {
  return setCall(createContextValues(), sampleCall(caller, values));
}

/** Does what a server does before its interceptors run. */
export const settingCall: Interceptor = (next) => (request) => {
  setCall(request.contextValues, sampleCall(undefined));
  return next(request);
};

function sampleCall(caller: Caller | undefined, values: Partial<Call> = {}): Call {
  return {
    requestId: "request-1",
    traceId: "trace-1",
    protocol: "rest",
    address: "192.0.2.1",
    userAgent: "tests",
    caller,
    ...values,
  };
}

export function createClient(world: Pick<World, "auth" | "admin">) {
  const routes = createRoutes({ auth: world.auth, users: world.admin, health: { version: "1.2.3", readiness: allReady } });
  const dispatch = createDispatch(routes, []);
  return async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    caller?: Caller,
  ): Promise<MessageShape<O>> => {
    const answer = await dispatch(method, {
      message: create(method.input, request),
      header: new Headers(),
      signal: new AbortController().signal,
      url: "/",
      requestMethod: "POST",
      values: callValues(caller),
    });
    return answer.message;
  };
}
