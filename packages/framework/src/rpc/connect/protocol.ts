import type { FastifyRequest } from "fastify";

/** Which of the protocols of the port a request speaks; by its content type alone, and Connect where that is none. */
export function protocolOf({ headers }: Pick<FastifyRequest, "headers">): "connect" | "grpc-web" {
  return headers["content-type"]?.startsWith("application/grpc-web") ? "grpc-web" : "connect";
}
