/** The ports kept in memory: for tests, and for trying things out. They pass the suites that the SQL adapters pass. */
export { memoryAttemptRepository } from "./attempt-repository.ts";
export { memoryAuditLog } from "./audit-log.ts";
export { memorySessionRepository } from "./session-repository.ts";
export { createMemoryStore } from "./store.ts";
export { memoryUserRepository } from "./user-repository.ts";
