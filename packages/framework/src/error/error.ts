/**
 * The one error of the framework: a gRPC status code, a stable reason, a message that a client may read.
 *
 * Business code throws it through a table of its own (see {@link errorTable}); every protocol writes it in its own way
 * (REST envelope, `grpc-status-details-bin`, Connect error). Any other error becomes `internal`, its text hidden and logged.
 */

/** The sixteen status codes of gRPC that are errors, in their Connect spelling. */
export const codes = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;

export type Code = (typeof codes)[number];

/** What is wrong with one field of a request. `field` is a path in proto names, such as `address.city` or `tags[2]`. */
export interface FieldViolation {
  readonly field: string;
  readonly message: string;
  /** The rule that was broken, such as `string.email`. */
  readonly code: string;
}

/** A row of an error table: what a reason means, everywhere. */
export interface ErrorKind {
  readonly code: Code;
  /**
   * The coarse public code of the REST envelope, such as `NOT_FOUND`. Default: the family of `code`.
   * Clients switch on it; the reason tells more.
   */
  readonly family?: string;
  /** The HTTP status. Default: the one of `code`. */
  readonly http?: number;
  /** One sentence for the reference: when it happens. */
  readonly about: string;
}

export interface ErrorOptions {
  /** The wrong fields, for reasons of validation. */
  readonly violations?: readonly FieldViolation[];
  /** When trying again makes sense, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** What went wrong beneath; logged, never sent. */
  readonly cause?: unknown;
}

const byCode: Readonly<Record<Code, { readonly family: string; readonly http: number }>> = {
  canceled: { family: "CANCELED", http: 499 },
  unknown: { family: "INTERNAL_ERROR", http: 500 },
  invalid_argument: { family: "INVALID_ARGUMENT", http: 400 },
  deadline_exceeded: { family: "TIMEOUT", http: 504 },
  not_found: { family: "NOT_FOUND", http: 404 },
  already_exists: { family: "CONFLICT", http: 409 },
  permission_denied: { family: "FORBIDDEN", http: 403 },
  resource_exhausted: { family: "RATE_LIMIT_EXCEEDED", http: 429 },
  failed_precondition: { family: "CONFLICT", http: 409 },
  aborted: { family: "CONFLICT", http: 409 },
  out_of_range: { family: "INVALID_ARGUMENT", http: 400 },
  unimplemented: { family: "NOT_IMPLEMENTED", http: 501 },
  internal: { family: "INTERNAL_ERROR", http: 500 },
  unavailable: { family: "UNAVAILABLE", http: 503 },
  data_loss: { family: "INTERNAL_ERROR", http: 500 },
  unauthenticated: { family: "UNAUTHORIZED", http: 401 },
};

export class ArcanaError extends Error {
  override readonly name = "ArcanaError";
  readonly code: Code;
  /** The stable id of what went wrong, such as `USER_NOT_FOUND`. */
  readonly reason: string;
  /** The coarse public code, such as `NOT_FOUND`. */
  readonly family: string;
  /** The HTTP status that REST answers with. */
  readonly http: number;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, kind: Pick<ErrorKind, "code" | "family" | "http">, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = kind.code;
    this.reason = reason;
    this.family = kind.family ?? byCode[kind.code].family;
    this.http = kind.http ?? byCode[kind.code].http;
    this.violations = options.violations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Makes an error of the table's reason. */
export type ErrorMaker<Reason extends string> = (reason: Reason, message: string, options?: ErrorOptions) => ArcanaError;

/**
 * Turns a table of reasons into the function that makes its errors: `throw userError("USER_NOT_FOUND", "no user 7")`.
 * The table is also what the reference documentation is compared with.
 */
export function errorTable<const Table extends Readonly<Record<string, ErrorKind>>>(table: Table): ErrorMaker<keyof Table & string> {
  return (reason, message, options) => {
    const kind = table[reason];
    if (kind === undefined) throw new TypeError(`no row for the reason ${reason}`);
    return new ArcanaError(reason, kind, message, options);
  };
}

/** Throws, where only an expression fits: `find(id) ?? raise(userError(…))`. */
export function raise(error: Error): never {
  throw error;
}
