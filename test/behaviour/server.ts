// The application in this process, on free ports and a database file of its own, with cheap password hashes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogEntry } from "@arcana/framework/telemetry";
import { memoryLogger } from "@arcana/framework/telemetry";
import { compose } from "../../apps/cloud/src/compose.ts";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { loadCloudConfig } from "../../apps/cloud/src/load-config.ts";
import type { Running } from "./suite.ts";
import { waysInto } from "./ways.ts";
import { expectData, personOf } from "./world.ts";

export interface TestServer extends Running, AsyncDisposable {
  /** Every line that was logged so far. */
  readonly entries: readonly LogEntry[];
  readonly ports: { readonly rest: number; readonly grpc: number };
}

const root = { username: "root", email: "root@example.com", password: "correct horse battery" };

export async function startServer(overrides: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "arcana-behaviour-"));
  const { config } = loadCloudConfig({
    directory: undefined,
    environment: {},
    overrides: {
      "app.environment": "test",
      "app.data_directory": folder,
      "database.url": `sqlite://${join(folder, "test.db")}`,
      "server.rest.host": "127.0.0.1",
      "server.rest.port": "0",
      "server.grpc.host": "127.0.0.1",
      "server.grpc.port": "0",
      "security.argon2.memory_kib": "64",
      "security.argon2.time": "1",
      // All cases come from one address.
      "security.login.address_free_attempts": "100000",
      "security.registration.free_attempts": "100000",
      "bootstrap.admin_email": root.email,
      "bootstrap.admin_username": root.username,
      "bootstrap.admin_password": root.password,
      ...overrides,
    },
  });
  const { log, entries } = memoryLogger();
  const app = await compose(config, { log });
  await app.start();
  const ports = app.ports();
  const ways = waysInto(ports);
  const [way] = ways;
  if (way === undefined) throw new Error("there is no way in");
  const login = await way.call(AuthService.method.login, { usernameOrEmail: root.username, password: root.password });
  return {
    ways,
    entries,
    ports,
    root: personOf(expectData(login), root.password),
    async [Symbol.asyncDispose]() {
      for (const each of ways) each.close();
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
