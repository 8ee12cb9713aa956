import { describeAttemptRepository } from "./attempt-repository.contract.ts";
import { describeAuditLog } from "./audit-log.contract.ts";
import { describeSessionLimits } from "./session-limits.contract.ts";
import { describeSessionRepository } from "./session-repository.contract.ts";
import { cachedSql, sqlInFile, sqlInMemory } from "./testing/sql-subject.ts";
import { describeUserRepository } from "./user-repository.contract.ts";

for (const [name, open] of [
  ["SQL in a file", sqlInFile],
  ["SQL in memory", sqlInMemory],
  ["cached SQL", cachedSql],
] as const) {
  describeUserRepository(name, open);
  describeSessionRepository(name, open);
  describeSessionLimits(name, open);
  describeAuditLog(name, open);
  describeAttemptRepository(name, open);
}
