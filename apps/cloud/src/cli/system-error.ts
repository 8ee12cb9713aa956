/** The troubles of a machine in words that say what to do. */

/** An error of the operating system or of SQLite. */
export interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  /** SQLite's result code, of which the low byte is the kind. */
  readonly errcode?: number;
}

export function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  return error.code === "ERR_SQLITE_ERROR" || "syscall" in error;
}

/** One line. `portKeys` names the keys of ports. */
export function describeSystemError(error: SystemError, portKeys: ReadonlyMap<number, string>): string {
  if (error.code === "ERR_SQLITE_ERROR") return describeSqlite(error);
  // A worker has its socket from the supervisor, which binds it.
  if (error.syscall === "listen" || error.syscall === "bind") return describeListen(error, portKeys);
  const describe = byCode[error.code];
  return describe === undefined ? error.message : describe(error.path ?? error.hostname ?? "the file");
}

const byCode: Readonly<Record<string, (what: string) => string>> = {
  EACCES: (path) => `${path}: permission denied; give this user the right to it, or name another place`,
  EPERM: (path) => `${path}: permission denied; give this user the right to it, or name another place`,
  EROFS: (path) => `${path}: the file system is read-only; name another place`,
  ENOSPC: (path) => `${path}: the disk is full; make room, or name another place`,
  EDQUOT: (path) => `${path}: the disk quota is used up; make room, or name another place`,
  ENOENT: (path) => `${path}: there is no such file or folder`,
  EISDIR: (path) => `${path}: is a folder; name a file`,
  ENOTDIR: (path) => `${path}: a part of the path is no folder`,
  EMFILE: (path) => `${path}: too many files are open; raise the limit (ulimit -n)`,
  ENFILE: (path) => `${path}: too many files are open on this machine`,
  ENOTFOUND: (host) => `${host}: the name cannot be resolved; check it`,
};

function describeListen({ code, address = "", port = 0, message }: SystemError, portKeys: ReadonlyMap<number, string>): string {
  const key = portKeys.get(port) ?? "server.rest.port";
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is taken (${address}): stop the process that has it, or choose another with --set ${key}=${port === 65_535 ? 0 : port + 1}`;
    case "EACCES":
      return `port ${port} is not for this user: choose one of 1024 or more with --set ${key}=8080`;
    case "EADDRNOTAVAIL":
      return `${address} is no address of this machine: set ${key.replace(/port$/, "host")} to one that is, or to 0.0.0.0`;
    default:
      return message;
  }
}

/** https://www.sqlite.org/rescode.html */
const sqliteKinds: Readonly<Record<number, string>> = {
  5: "is locked by another process: stop it, or try again",
  6: "is locked by another process: stop it, or try again",
  8: "cannot be written: give this user the right to the file and its folder",
  10: "cannot be read or written, the disk fails: check the disk",
  11: "is damaged: restore it from a backup",
  13: "has no room left: make room on the disk",
  14: "cannot be opened: check that its folder exists and that this user may write there",
  26: "is a file of another kind: let database.url name a database, or a new file",
};

function describeSqlite({ errcode = 0, message }: SystemError): string {
  const kind = sqliteKinds[errcode & 0xff];
  return kind === undefined ? `the database failed: ${message}` : `the database ${kind}`;
}
