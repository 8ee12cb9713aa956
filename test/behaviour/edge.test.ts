// What is configured for the servers holds on every way into them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { startServer } from "./server.ts";
import { expectData } from "./world.ts";

const login = { usernameOrEmail: "root", password: "correct horse battery" };

for (const [trusted, expected] of [
  ["127.0.0.1", "203.0.113.7"],
  ["10.0.0.0/8", "127.0.0.1"],
] as const)
  test(`a session is known by its client's address over every protocol, trusting ${trusted}`, async () => {
    await using server = await startServer({ "server.trusted_proxies": trusted });
    for (const way of server.ways) {
      const headers = { "x-forwarded-for": "198.51.100.1, 203.0.113.7" };
      const { access_token: token } = expectData(await way.call(AuthService.method.login, login, { headers })) as { access_token: string };
      const { sessions } = expectData(await way.call(AuthService.method.listSessions, {}, { token })) as {
        sessions: readonly { current: boolean; ip_address: string }[];
      };
      assert.equal(sessions.find(({ current }) => current)?.ip_address, expected, way.name);
    }
  });

test("what is set for gRPC is what its clients are told", async () => {
  await using server = await startServer({ "server.grpc.max_concurrent_streams": "7" });
  const session = connect(`http://127.0.0.1:${server.ports.grpc}`);
  const [settings] = (await once(session, "remoteSettings")) as [{ maxConcurrentStreams: number }];
  assert.equal(settings.maxConcurrentStreams, 7);
  session.close();
});
