import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { ConfigError } from "@arcana/framework/config";
import { DatabaseError } from "@arcana/framework/data";
import { frameworkError } from "@arcana/framework/error";
import { describeFailure } from "./failure.ts";
import { UsageError } from "./usage-error.ts";

/** What the action throws. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

test("a real taken port names itself and the key", async (t) => {
  const first = createServer();
  t.after(() => first.close());
  const port = await new Promise<number>((resolve) => {
    first.listen(0, "127.0.0.1", () => {
      const address = first.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const error = await new Promise((resolve) => createServer().on("error", resolve).listen(port, "127.0.0.1"));
  const { lines, exitCode } = describeFailure(error, new Map([[port, "server.grpc.port"]]));
  assert.deepEqual(
    [lines, exitCode],
    [[`port ${port} is taken (127.0.0.1): stop the process that has it, or choose another with --set server.grpc.port=${port + 1}`], 1],
  );
});

test("an address of another machine names the key of the host", async () => {
  const error = await new Promise((resolve) => createServer().on("error", resolve).listen(0, "192.0.2.1"));
  const { lines } = describeFailure(error, new Map([[0, "server.rest.port"]]));
  assert.deepEqual(lines, ["192.0.2.1 is no address of this machine: set server.rest.host to one that is, or to 0.0.0.0"]);
});

test("a file that is missing is named", () => {
  assert.deepEqual(describeFailure(thrownBy(() => readFileSync("/nowhere/key.pem"))).lines, [
    "/nowhere/key.pem: there is no such file or folder",
  ]);
});

test("each trouble of a file says what to do", () => {
  const codes = {
    EACCES: /permission denied; give/,
    EROFS: /read-only; name/,
    ENOSPC: /disk is full; make room/,
    EMFILE: /raise the limit/,
  };
  for (const [code, says] of Object.entries(codes)) {
    const error = Object.assign(new Error(code), { code, syscall: "open", path: "./data/arcana.db" });
    const [line = "", ...others] = describeFailure(error).lines;
    assert.deepEqual(others, []);
    assert.match(line, /^\.\/data\/arcana\.db: /);
    assert.match(line, says);
  }
});

test("a real error of SQLite is described by its kind", () => {
  const database = new DatabaseSync(import.meta.filename);
  assert.match(
    describeFailure(thrownBy(() => database.exec("SELECT * FROM sqlite_master"))).lines.join(),
    /^the database is a file of another kind: let database\.url/,
  );
  const unopened = thrownBy(() => new DatabaseSync("/nowhere/at/all.db"));
  assert.match(describeFailure(unopened).lines.join(), /^the database cannot be opened: check that its folder exists/);
});

test("what the database says to operators is taken word by word, however deep it lies", () => {
  const fault = new DatabaseError("newer_schema", "the database is newer than this build: run the newer one");
  const wrapped = frameworkError("UNAVAILABLE", "try again later", { cause: fault });
  for (const error of [fault, wrapped, new Error("start failed", { cause: wrapped }), new AggregateError([fault])])
    assert.deepEqual(describeFailure(error), { lines: ["the database is newer than this build: run the newer one"], exitCode: 1 });
});

test("problems of the configuration are a line each and 78, of the command line 2", () => {
  const problems = ["one", "two"].map((message) => ({ path: "a.b", origin: undefined, message }));
  assert.deepEqual(describeFailure(new ConfigError(problems)), { lines: ["a.b: one", "a.b: two"], exitCode: 78 });
  assert.deepEqual(describeFailure(new UsageError("say more")), { lines: ["say more"], exitCode: 2 });
});

test("a broken rule that is the whole message is said once", () => {
  const violations = [{ field: "email", message: "must be a mail address", code: "string.email" }];
  const error = frameworkError("VALIDATION_ERROR", "email: must be a mail address", { violations });
  assert.deepEqual(describeFailure(error).lines, ["email: must be a mail address"]);
});

test("broken rules of fields are a line each", () => {
  const violations = [{ field: "email", message: "must be a mail address", code: "string.email" }];
  assert.deepEqual(describeFailure(frameworkError("VALIDATION_ERROR", "1 field is wrong", { violations })).lines, [
    "1 field is wrong",
    "email: must be a mail address",
  ]);
});

test("the program's own words around an error of the system win over it, and stay on one line", () => {
  const cause = Object.assign(new Error("EACCES"), { code: "EACCES", syscall: "open", path: "x" });
  assert.deepEqual(describeFailure(new Error("the secret file x cannot be made;\nmake its folder writable", { cause })).lines, [
    "the secret file x cannot be made; make its folder writable",
  ]);
  assert.deepEqual(describeFailure(new TypeError("odd", { cause })).lines, [
    "x: permission denied; give this user the right to it, or name another place",
  ]);
});

test("whatever is thrown is described", () => {
  for (const error of [undefined, null, "text", 5, Object.create(null), new RangeError("too far")]) {
    const { lines, exitCode } = describeFailure(error);
    assert.equal(exitCode, 1);
    assert.match(lines.join(), /^this is a fault of the program: /);
  }
});

test("a chain of causes that bites its own tail ends", () => {
  const error = new TypeError("round");
  error.cause = error;
  assert.match(describeFailure(error).lines.join(), /TypeError: round/);
});
