import type { DialectName } from "./engine.ts";

/**
 * What a unique index refused: its columns as `table.column` on SQLite, its name on the others. Undefined: the error is another one.
 *
 * An index that is named `<table>_<column>` is recognised on every database by `includes(column)`.
 */
export function violatedUnique(error: unknown, dialect: DialectName): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return finders[dialect](error as Error & DriverError);
}

interface DriverError {
  readonly errcode?: unknown;
  readonly code?: unknown;
  readonly constraint?: unknown;
}

const finders: Readonly<Record<DialectName, (error: Error & DriverError) => string | undefined>> = {
  // SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. https://www.sqlite.org/rescode.html
  sqlite: ({ errcode, message }) => (errcode === 1555 || errcode === 2067 ? message.replace(/^.*failed: /, "") : undefined),
  // https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html#error_er_dup_entry
  mysql: ({ code, message }) => (code === "ER_DUP_ENTRY" ? /for key '(.*)'$/.exec(message)?.[1] : undefined),
  // unique_violation. https://www.postgresql.org/docs/current/errcodes-appendix.html
  postgres: ({ code, constraint }) => (code === "23505" ? String(constraint) : undefined),
};
