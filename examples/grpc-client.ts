// Registers, logs in and reads oneself over gRPC: `node --conditions=@arcana/source examples/grpc-client.ts [URL]`.
import { randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AuthService } from "../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";

const auth = createClient(AuthService, createGrpcTransport({ baseUrl: process.argv[2] ?? "http://localhost:9090" }));

const email = `${randomUUID()}@example.com`;
const password = "correct horse battery";
await auth.register({ email, password, name: "Ada Lovelace" });
const { accessToken, refreshToken } = await auth.login({ usernameOrEmail: email, password });
const { user } = await auth.getCurrentUser({}, { headers: { authorization: `Bearer ${accessToken}` } });
console.log(`logged in as ${user?.username} (${user?.firstName} ${user?.lastName})`);

const renewed = await auth.refreshToken({ refreshToken });
await auth.logout({ allSessions: true }, { headers: { authorization: `Bearer ${renewed.accessToken}` } });
console.log("logged out everywhere");
