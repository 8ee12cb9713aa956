// An application author's program, compiled and run against what is published: `.js` and `.d.ts`, without the sources.
import { createApp, manualClock, uuidv7 } from "@arcana/framework/app";
import type { ConfigOf } from "@arcana/framework/config";
import { duration, integer, loadConfig, section, text } from "@arcana/framework/config";
import { column, openDatabase } from "@arcana/framework/data";
import type { Code } from "@arcana/framework/error";
import { type ArcanaError, errorTable } from "@arcana/framework/error";
import { createEventBus } from "@arcana/framework/events";
import { rule } from "@arcana/framework/gen/arcana/access/v1/access_pb.js";
import { Health } from "@arcana/framework/gen/grpc/health/v1/health_pb.js";
import { createHealth, operationsOf, servicesOf } from "@arcana/framework/rpc";
import { createAccessPolicy, createPasswordHasher } from "@arcana/framework/security";
import { createMetrics, memoryLogger } from "@arcana/framework/telemetry";
import { getOption } from "@bufbuild/protobuf";

const schema = section({
  greeting: text({ doc: "What to say.", default: "hello" }),
  wait: duration({ doc: "How long.", default: "2s" }),
  port: integer({ doc: "Where.", default: 1 }),
});
const config: ConfigOf<typeof schema> = loadConfig(schema, { files: [], environment: { ARCANA_GREETING: "good day" } }).config;
const waitMs: number = config.waitMs;

const bookError = errorTable({ BOOK_NOT_FOUND: { code: "not_found", about: "There is no such book." } });
const error: ArcanaError = bookError("BOOK_NOT_FOUND", "no book 7");
const code: Code = error.code;
// @ts-expect-error: a reason that the table does not have does not compile
export const lost = (): ArcanaError => bookError("BOOK_LOST", "");

const { log, entries } = memoryLogger();
const health = createHealth({ services: ["books.v1.Books"], initially: "serving" });
const [check] = operationsOf(servicesOf(health.routes));
const isPublic = getOption(Health.method.check, rule).allow.case === "public";
const policy = createAccessPolicy({ roles: ["reader", "librarian"], permissions: { reader: ["book:read"], librarian: [] } });
const passwords = createPasswordHasher({ memoryKib: 64, time: 1 });
const { matches } = await passwords.verify("secret words", await passwords.hash("secret words"));
await using database = await openDatabase("sqlite::memory:");
const [row] = await database.read("SELECT 1 AS one");
const app = createApp({ parts: [{ name: "events", stop: () => createEventBus({ log }).drain() }], log });
await app.start();
await app.stop();

console.log(
  JSON.stringify({
    greeting: config.greeting,
    waitMs,
    code,
    check: check?.name,
    isPublic,
    allowed: policy.allows("librarian", "book:read"),
    matches,
    one: row?.one,
    id: uuidv7(manualClock().now()).length,
    logged: entries.length > 0,
    metrics: createMetrics().expose([]),
    column: typeof column,
  }),
);
