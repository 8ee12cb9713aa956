// A bare Fastify with its best settings: no logger, answers serialised by a compiled schema.
import { fastify } from "fastify";

const server = fastify({ logger: false });
const text = { type: "string" } as const;
const nullable = { type: ["string", "null"] } as const;

const health = { type: "object", properties: { status: text, version: text } } as const;
server.get("/health", { schema: { response: { 200: health } } }, async () => ({ status: "healthy", version: "0.1.0" }));

const user = {
  type: "object",
  properties: {
    id: text,
    username: text,
    email: text,
    first_name: nullable,
    last_name: nullable,
    role: text,
    status: text,
    email_verified: { type: "boolean" },
    avatar_url: nullable,
    last_login_at: nullable,
    created_at: text,
    updated_at: text,
  },
} as const;
const envelope = { type: "object", properties: { success: { type: "boolean" }, data: user } } as const;
const data = {
  id: "0198f0a0-0000-7000-8000-000000000000",
  username: "bench",
  email: "bench@example.com",
  first_name: "Bench",
  last_name: "User",
  role: "user",
  status: "active",
  email_verified: false,
  avatar_url: null,
  last_login_at: "2026-01-01T00:00:00.000Z",
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
};
server.get("/api/v1/auth/me", { schema: { response: { 200: envelope } } }, async () => ({ success: true, data }));

await server.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
