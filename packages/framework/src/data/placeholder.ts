import type { CompiledQuery } from "kysely";

/** Stands for a parameter while a query is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** A query that is built from a parameter's value, not around it, would be built once and be wrong ever after. */
  [Symbol.toPrimitive](): never {
    throw new TypeError(`the parameter ${this.name} has no value while the query is compiled: pass it on as it is`);
  }
}

/** An object whose every property is the placeholder of that name. */
export function placeholders<Parameters extends object>(): Parameters {
  // Kysely hands parameters on without looking at them, so a placeholder may stand wherever a value may.
  return new Proxy({} as Parameters, { get: (_, name) => new Placeholder(String(name)) });
}

/** Puts the values in the places of the compiled query's placeholders. */
export type Binding<Parameters> = (parameters: Parameters) => unknown[];

export function bindingOf<Parameters extends object>(compiled: CompiledQuery): Binding<Parameters> {
  const slots = compiled.parameters.map((parameter) => (parameter instanceof Placeholder ? parameter.name : { constant: parameter }));
  return (parameters) => {
    const values: Record<string, unknown> = parameters as Record<string, unknown>;
    return slots.map((slot) => (typeof slot === "string" ? values[slot] : slot.constant));
  };
}
