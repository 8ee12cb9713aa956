import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { UserId } from "../domain/user.ts";
import type { OpenSubject } from "./testing/subject.ts";
import { anAuditEntry, at, newUuid } from "./testing/subject.ts";

/** What every {@link AuditLog} promises. */
export function describeAuditLog(name: string, open: OpenSubject): void {
  describe(`${name}: the audit log`, () => {
    test("keeps every value of an entry, in the order in which they came", async (t) => {
      const { audit, auditEntries, close } = await open();
      t.after(close);
      const full = anAuditEntry({
        userId: newUuid() as UserId,
        action: "user.role_changed",
        resourceType: "user",
        resourceId: newUuid(),
        details: { old_role: "user", new_role: "admin", nested: { list: [1, null, "ä"] } },
        ipAddress: "2001:db8::1",
        userAgent: "arcana/1 (Übung)",
        success: false,
        errorMessage: "refused: 'quoted'",
        timestamp: at(123),
      });
      const bare = anAuditEntry();
      await audit.append([full, bare]);
      const last = anAuditEntry();
      await audit.append([last]);
      await audit.append([]);
      assert.deepEqual(await auditEntries(), [full, bare, last]);
    });

    test("keeps details of any shape", async (t) => {
      const { audit, auditEntries, close } = await open();
      t.after(close);
      const details = fc.sample(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), { seed: 20260101, numRuns: 50 });
      // Through JSON once: minus zero is no number of its own there.
      const entries = details.map((value) => anAuditEntry({ details: JSON.parse(JSON.stringify(value)) as Record<string, unknown> }));
      await audit.append(entries);
      assert.deepEqual(
        (await auditEntries()).map((entry) => entry.details),
        entries.map((entry) => entry.details),
      );
    });

    test("takes many entries at once, and from many at once", async (t) => {
      const { audit, auditEntries, close } = await open();
      t.after(close);
      await audit.append(Array.from({ length: 1200 }, () => anAuditEntry()));
      await Promise.all(Array.from({ length: 50 }, () => audit.append([anAuditEntry()])));
      assert.equal((await auditEntries()).length, 1250);
    });

    test("is purged of what is older than the moment, however much it is", async (t) => {
      const { audit, auditEntries, close } = await open();
      t.after(close);
      const old = Array.from({ length: 1100 }, () => anAuditEntry({ timestamp: at(99) }));
      const young = [anAuditEntry({ timestamp: at(100) }), anAuditEntry({ timestamp: at(101) })];
      await audit.append([...old, ...young]);
      assert.equal(await audit.purge(at(100)), 1100);
      assert.deepEqual(await auditEntries(), young);
      assert.equal(await audit.purge(at(100)), 0);
      await assert.rejects(audit.purge(at(200), AbortSignal.abort(new Error("given up"))), /given up/);
      assert.deepEqual(await auditEntries(), young);
    });

    test("appends nothing for a call that was given up", async (t) => {
      const { audit, auditEntries, close } = await open();
      t.after(close);
      await assert.rejects(audit.append([anAuditEntry()], AbortSignal.abort(new Error("given up"))), /given up/);
      assert.deepEqual(await auditEntries(), []);
    });
  });
}
