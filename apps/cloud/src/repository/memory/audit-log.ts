import type { AuditLog } from "../../service/ports.ts";
import type { MemoryStore } from "./store.ts";

export function memoryAuditLog(store: MemoryStore): AuditLog {
  return {
    async append(entries, signal) {
      signal?.throwIfAborted();
      store.audit.push(...entries);
    },
    async purge(before, signal) {
      signal?.throwIfAborted();
      const kept = store.audit.filter(({ timestamp }) => timestamp >= before);
      return store.audit.splice(0, store.audit.length, ...kept).length - kept.length;
    },
  };
}
