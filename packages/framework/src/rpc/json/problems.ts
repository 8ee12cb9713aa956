import type { FieldViolation } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";

/** How many wrong fields an error names at most. */
const maxViolations = 32;
/** How deep messages may be nested; protobuf's own default. */
export const maxDepth = 100;
/** How much of a client's own key an error repeats. */
const maxKeyLength = 64;

/** A field by its proto name, an item by its index, an entry of a map by its key. */
type Segment = string | number | readonly [key: string];

/** What a reader returns instead of a value that it noted as a problem. */
export const refused: unique symbol = Symbol("refused");

/** Collects what is wrong with a request while it is being read, with the path of the place where the reader is. */
export class Problems {
  readonly #violations: FieldViolation[] = [];
  readonly #path: Segment[] = [];
  #depth = 0;

  /** Goes to a part of where the reader is; {@link leave} goes back. */
  enter(segment: Segment): void {
    this.#path.push(segment);
  }

  leave(): void {
    this.#path.pop();
  }

  /** Goes one message deeper. False, with a problem noted, where that is too deep. Each call needs its {@link rise}, also then. */
  dive(): boolean {
    this.#depth++;
    if (this.#depth <= maxDepth) return true;
    this.add(`is nested deeper than ${maxDepth} levels`, "depth");
    return false;
  }

  rise(): void {
    this.#depth--;
  }

  /** Notes what is wrong here: `message` completes the sentence "the field …". */
  add(message: string, code: string): typeof refused {
    if (this.#violations.length < maxViolations) this.#violations.push({ field: this.#path.reduce<string>(append, ""), message, code });
    return refused;
  }

  /** @throws INVALID_ARGUMENT with every problem noted, where there is one. */
  throwIfAny(): void {
    const [first] = this.#violations;
    if (first === undefined) return;
    const others = this.#violations.length - 1;
    const message = `${first.field === "" ? "the request" : first.field} ${first.message}${others === 0 ? "" : `, and ${others} more`}`;
    throw frameworkError("INVALID_ARGUMENT", message, { violations: this.#violations });
  }
}

function append(path: string, segment: Segment): string {
  if (typeof segment === "number") return `${path}[${segment}]`;
  if (typeof segment !== "string") return `${path}[${JSON.stringify(segment[0].slice(0, maxKeyLength))}]`;
  return path === "" ? segment : `${path}.${segment}`;
}
