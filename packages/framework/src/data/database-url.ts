import { DatabaseError } from "./database-error.ts";

/** Where a database is. `path` undefined: in memory. */
export interface DatabaseAddress {
  readonly dialect: "sqlite";
  readonly path: string | undefined;
}

/**
 * Reads `sqlite://./data/arcana.db` (relative to the working directory), `sqlite:///var/lib/arcana.db` and
 * `sqlite::memory:`. Percent-escapes are decoded.
 *
 * @throws DatabaseError `bad_url`. The message does not repeat the address, which may hold a password.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) throw badUrl("it has no scheme");
  if (scheme !== "sqlite") throw badUrl(`this build has no driver for ${scheme}`);
  const rest = url.slice("sqlite:".length).replace(/^\/\//, "");
  if (rest === ":memory:") return { dialect: "sqlite", path: undefined };
  if (/[?#]/.test(rest)) throw badUrl("it takes no parameters after ? or # (write %3F or %23 where they belong to the file's name)");
  const path = decode(rest);
  if (path === "" || path.endsWith("/")) throw badUrl("it names no file");
  if (path.includes("\0")) throw badUrl("a file name cannot hold a NUL");
  return { dialect: "sqlite", path };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw badUrl("it has a % that starts no escape (write %25)", cause);
  }
}

function badUrl(problem: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    "bad_url",
    `the database URL is wrong: ${problem}; expected such as sqlite://./data/arcana.db or sqlite::memory:`,
    { cause },
  );
}
