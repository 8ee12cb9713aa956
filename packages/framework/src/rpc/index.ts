export type { Call, Protocol } from "./call.ts";
export { callerOf, callOf, protocols, setCall } from "./call.ts";
export type { HttpBinding, Operation } from "./contract.ts";
export { operationName, operationOf, operationsOf } from "./contract.ts";
export type { DeadlineOptions } from "./deadline.ts";
export { deadline } from "./deadline.ts";
export type { Answer, Dispatch, IncomingCall, Routes } from "./dispatch.ts";
export { createDispatch, servicesOf } from "./dispatch.ts";
export { errorDomain, fromConnectError, toArcanaError, toConnectError, wireErrors } from "./errors.ts";
