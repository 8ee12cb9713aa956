import { createRequire } from "node:module";
import type { FastifyServerOptions } from "fastify";

type Compilers = NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>;
type Options<Name extends "buildValidator" | "buildSerializer"> = Parameters<NonNullable<Compilers[Name]>>;

/** What Fastify itself depends on is found from where Fastify is. */
const fromFastify = () => createRequire(createRequire(import.meta.url).resolve("fastify"));

/**
 * Fastify's compilers of JSON Schemas, loaded by the first route that has one. Contracts have none: their messages are read and
 * written by our own code, and Fastify would load Ajv for nothing (30 ms, 10 MB).
 */
export const lazyCompilers: Compilers = {
  buildValidator: (...options: Options<"buildValidator">) => fromFastify()("@fastify/ajv-compiler")()(...options),
  buildSerializer: (...options: Options<"buildSerializer">) => fromFastify()("@fastify/fast-json-stringify-compiler")()(...options),
};
