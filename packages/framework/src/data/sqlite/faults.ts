import { frameworkError } from "../../error/index.ts";
import type { DatabaseFault } from "../database-error.ts";
import { DatabaseError } from "../database-error.ts";

/** The primary result codes of SQLite that are no fault of the statement. https://www.sqlite.org/rescode.html */
const faultOfCode: ReadonlyMap<number, DatabaseFault> = new Map([
  [5, "locked"], // SQLITE_BUSY
  [6, "locked"], // SQLITE_LOCKED
  [8, "unwritable"], // SQLITE_READONLY
  [10, "io"], // SQLITE_IOERR
  [11, "corrupt"], // SQLITE_CORRUPT
  [13, "full"], // SQLITE_FULL
  [14, "unwritable"], // SQLITE_CANTOPEN
  [26, "not_a_database"], // SQLITE_NOTADB
]);

const remedies: Readonly<Record<DatabaseFault, string>> = {
  bad_url: "correct database.url",
  unwritable: "make the file and its folder writable for this user, or set database.url to another place",
  not_a_database: "set database.url to another file, or move this one away",
  locked: "another process holds it (a migration, a backup, an open shell): wait for it, or end it",
  full: "free some space on its disk",
  corrupt: "restore it from a backup",
  io: "check its disk, and the system's log",
  newer_schema: "run the build that made it, or a newer one",
  closed: "nothing may use it after close",
};

/** The fault behind an error of SQLite; undefined: it is the statement's own, such as a broken constraint. */
function sqliteFault(error: unknown): DatabaseFault | undefined {
  const code = sqliteCode(error);
  // The low byte is the primary code, the rest says more of it.
  return code === undefined ? undefined : faultOfCode.get(code & 0xff);
}

/** Whether another connection stood in the way, so that trying again makes sense. */
export function isBusy(error: unknown): boolean {
  return sqliteFault(error) === "locked";
}

/** The error for the operator. Others than SQLite's own faults are given back as they are. */
export function operatorError(error: unknown, place: string): unknown {
  const fault = sqliteFault(error);
  return fault === undefined ? error : sqliteError(fault, place, error);
}

export function sqliteError(fault: DatabaseFault, place: string, cause?: unknown): DatabaseError {
  const found = cause instanceof Error ? ` (${cause.message})` : "";
  return new DatabaseError(fault, `the database ${place} cannot be used${found}: ${remedies[fault]}`, { cause });
}

/** The error for the caller: UNAVAILABLE, which tells nothing of the inside; the operator's error is its cause. */
export function callerError(error: unknown, place: string): unknown {
  if (error instanceof DatabaseError) return unavailable(error);
  const fault = sqliteFault(error);
  return fault === undefined ? error : unavailable(sqliteError(fault, place, error));
}

function unavailable(cause: DatabaseError): Error {
  const retryAfterMs = cause.fault === "locked" ? { retryAfterMs: 1000 } : {};
  return frameworkError("UNAVAILABLE", "the database does not answer at the moment", { cause, ...retryAfterMs });
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
