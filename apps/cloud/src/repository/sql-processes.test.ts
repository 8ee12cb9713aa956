import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { cachedSql } from "./testing/sql-subject.ts";
import { at, change, givenSession, givenUser, noTrail } from "./testing/subject.ts";

/** Another process on the same file, that runs one line after the other and answers each. */
async function otherProcess(t: TestContext, file: string) {
  const script = `
    import { createInterface } from "node:readline";
    import { openDatabase } from "@arcana/framework/data";
    import { sqlUserRepository } from ${JSON.stringify(new URL("./sql-user-repository.ts", import.meta.url).href)};
    import { sqlSessionRepository } from ${JSON.stringify(new URL("./sql-session-repository.ts", import.meta.url).href)};
    const db = await openDatabase(${JSON.stringify(`sqlite://${file}`)});
    const users = sqlUserRepository(db);
    const sessions = sqlSessionRepository(db);
    const noTrail = { events: [], audit: [] };
    const orders = {
      async rename({ id, firstName, rounds }) {
        for (let done = 0; done < rounds; ) {
          const before = await users.find(id);
          const after = { ...before, firstName: firstName ?? String(Number(before.firstName) + 1), updatedAt: new Date(before.updatedAt.getTime() + 1) };
          try {
            await users.save({ before, after, endSessions: { which: "none" }, trail: noTrail });
            done++;
          } catch (error) {
            if (error.reason !== "CONFLICT") throw error;
          }
        }
      },
      end: ({ id }) => sessions.end([id], new Date(), noTrail),
    };
    console.log("ready");
    for await (const line of createInterface({ input: process.stdin })) {
      const order = JSON.parse(line);
      await orders[order.what](order);
      console.log("done");
    }
    await db.close();`;
  const args = ["--conditions=@arcana/source", "--input-type=module", "-e", script];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], cwd: import.meta.dirname });
  const { stdin, stdout } = child;
  assert.ok(stdin && stdout);
  t.after(async () => {
    stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, "ready");
  return async (order: Record<string, unknown>): Promise<void> => {
    stdin.write(`${JSON.stringify(order)}\n`);
    assert.equal((await lines.next()).value, "done");
  };
}

test("what another process commits is seen at once, through the caches too", async (t) => {
  const subject = await cachedSql();
  t.after(subject.close);
  const user = await givenUser(subject, { firstName: "Ann" });
  const { familyId } = await givenSession(subject, user);
  const tell = await otherProcess(t, subject.file ?? "");
  for (let round = 0; round < 20; round++) {
    await tell({ what: "rename", id: user.id, firstName: `Ann ${round}`, rounds: 1 });
    assert.equal((await subject.users.find(user.id))?.firstName, `Ann ${round}`);
    assert.ok(await subject.sessions.findLive(familyId, at(1)));
  }
  await tell({ what: "end", id: familyId });
  assert.equal(await subject.sessions.findLive(familyId, at(1)), undefined);
});

test("no write is lost between processes", async (t) => {
  const subject = await cachedSql();
  t.after(subject.close);
  const { id } = await givenUser(subject, { firstName: "0" });
  const tell = await otherProcess(t, subject.file ?? "");
  const theirs = tell({ what: "rename", id, rounds: 100 });
  for (let done = 0; done < 100; ) {
    const before = await subject.users.find(id);
    assert.ok(before);
    const write = change(before, { firstName: String(Number(before.firstName) + 1) });
    await subject.users.save({ ...write, trail: noTrail }).then(
      () => done++,
      (error: { reason?: string }) => assert.equal(error.reason, "CONFLICT"),
    );
    // Lets the other one in: a commit a turn.
    await new Promise(setImmediate);
  }
  await theirs;
  assert.equal((await subject.users.find(id))?.firstName, "200");
});
