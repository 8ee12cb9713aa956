import type { AuditLog } from "../../service/ports.ts";
import type { MemoryStore } from "./store.ts";

export function memoryAuditLog(store: MemoryStore): AuditLog {
  return {
    async append(entries, signal) {
      signal?.throwIfAborted();
      store.audit.push(...entries);
    },
  };
}
