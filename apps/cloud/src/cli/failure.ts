/** Says what went wrong in lines for whoever runs the command. */
import { inspect } from "node:util";

import { ConfigError, describeProblem } from "@arcana/framework/config";
import { ArcanaError } from "@arcana/framework/error";
import type { ExitCode } from "./exit-code.ts";
import { exitCode } from "./exit-code.ts";
import { describeSystemError, isSystemError } from "./system-error.ts";
import { UsageError } from "./usage-error.ts";

export interface Failure {
  /** One line a problem, each saying what to do. */
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
}

/**
 * Tells the mistakes of users and the troubles of machines, which a line describes, from the faults of the program.
 *
 * @param portKeys the keys of the ports that were to be listened on, for the line about one that is taken
 */
export function describeFailure(error: unknown, portKeys: ReadonlyMap<number, string> = new Map()): Failure {
  const chain = causesOf(error);
  const known = chain.map(describeKnown).find((failure) => failure !== undefined);
  if (known !== undefined) return known;
  const [outermost] = chain;
  const system = chain.find(isSystemError);
  // An error that was thrown around one of the system says more than that one.
  if (isPlain(outermost)) return failed(outermost.message);
  if (system !== undefined) return failed(describeSystemError(system, portKeys));
  return failed(
    `this is a fault of the program: ${outermost instanceof Error ? String(outermost) : inspect(outermost)}; --debug shows where`,
  );
}

function describeKnown(error: unknown): Failure | undefined {
  if (error instanceof ConfigError) return { lines: error.problems.map(describeProblem), exitCode: exitCode.config };
  if (error instanceof UsageError) return { lines: [error.message], exitCode: exitCode.usage };
  // Written for the operator by whoever opens the database; known by its name, so that no driver is loaded to describe a typing error.
  if (error instanceof Error && error.name === "DatabaseError") return failed(error.message);
  if (error instanceof ArcanaError && error.code !== "internal" && error.code !== "unknown" && !hasDatabaseCause(error)) {
    const violations = error.violations.map(({ field, message }) => `${field}: ${message}`);
    // The message of a single broken rule is that rule's own line.
    return failed(...new Set([error.message, ...violations]));
  }
  return undefined;
}

function hasDatabaseCause(error: ArcanaError): boolean {
  return error.cause instanceof Error && error.cause.name === "DatabaseError";
}

function failed(...lines: readonly string[]): Failure {
  return { lines: lines.map((line) => line.replaceAll("\n", " ")), exitCode: exitCode.failure };
}

/** An `Error` that is nothing more: the program's own words, not a fault that the runtime found. */
function isPlain(error: unknown): error is Error {
  return error instanceof Error && Object.getPrototypeOf(error) === Error.prototype && !isSystemError(error);
}

const mostCauses = 10;

/** The error, and what caused it, outermost first. */
function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  let next = error;
  while (next !== undefined && chain.length < mostCauses) {
    chain.push(next);
    next = next instanceof AggregateError ? next.errors[0] : next instanceof Error ? next.cause : undefined;
  }
  return chain;
}
