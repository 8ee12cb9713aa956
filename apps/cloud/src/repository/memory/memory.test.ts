import { describeAttemptRepository } from "../attempt-repository.contract.ts";
import { describeAuditLog } from "../audit-log.contract.ts";
import { describeSessionLimits } from "../session-limits.contract.ts";
import { describeSessionRepository } from "../session-repository.contract.ts";
import type { Subject } from "../testing/subject.ts";
import { describeUserRepository } from "../user-repository.contract.ts";
import { createMemoryStore, memoryAttemptRepository, memoryAuditLog, memorySessionRepository, memoryUserRepository } from "./index.ts";

async function open(): Promise<Subject> {
  const store = createMemoryStore();
  return {
    users: memoryUserRepository(store),
    sessions: memorySessionRepository(store),
    audit: memoryAuditLog(store),
    attempts: memoryAttemptRepository(store),
    auditEntries: async () => store.audit,
    close: async () => undefined,
  };
}

describeUserRepository("memory", open);
describeSessionRepository("memory", open);
describeSessionLimits("memory", open);
describeAuditLog("memory", open);
describeAttemptRepository("memory", open);
