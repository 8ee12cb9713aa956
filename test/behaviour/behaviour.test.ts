import { after, before } from "node:test";
import { authCases } from "./auth.cases.ts";
import type { TestServer } from "./server.ts";
import { startServer } from "./server.ts";
import { behaviour } from "./suite.ts";
import { userCases } from "./user.cases.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server[Symbol.asyncDispose]());

behaviour(authCases, () => server);
behaviour(userCases, () => server);
