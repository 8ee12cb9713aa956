import assert from "node:assert/strict";
import { test } from "node:test";
import { fastify } from "fastify";
import { lazyCompilers } from "./schema-compilers.ts";

test("a route with schemas is validated and written by Fastify's own compilers", async () => {
  const server = fastify({ schemaController: { compilersFactory: lazyCompilers } });
  const text = { type: "string", minLength: 2 } as const;
  const body = { type: "object", required: ["name"], properties: { name: text } } as const;
  const response = { 200: { type: "object", properties: { name: text } } } as const;
  server.post("/", { schema: { body, response } }, async () => ({ name: "Ada", secret: "not in the schema" }));
  const refused = await server.inject({ method: "POST", url: "/", payload: { name: "A" } });
  assert.equal(refused.statusCode, 400);
  assert.match(refused.json().message, /must NOT have fewer than 2 characters/);
  const answered = await server.inject({ method: "POST", url: "/", payload: { name: "Ada" } });
  assert.equal(answered.body, '{"name":"Ada"}');
});
