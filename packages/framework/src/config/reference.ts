import type { Section } from "./schema.ts";
import { leavesOf } from "./schema.ts";
import { defaultPrefix } from "./sources.ts";
import { variableOf } from "./spelling.ts";

/** One key as the reference documentation lists it. */
export interface ReferenceRow {
  readonly path: string;
  /** The full spelling of its variable. A secret's may also end in `_FILE`. */
  readonly environment: string;
  /** Further variables that set it. */
  readonly aliases: readonly string[];
  readonly type: string;
  /** As TOML would have it; undefined: there is none. */
  readonly default: string | undefined;
  /** Whether the configuration is refused without it. */
  readonly required: boolean;
  readonly doc: string;
}

/** Every key of the schema, in its order. */
export function configReference(schema: Section, prefix: string = defaultPrefix): readonly ReferenceRow[] {
  return leavesOf(schema).map(({ path, segments, field }) => ({
    path,
    environment: variableOf(prefix, segments),
    aliases: field.environment,
    type: field.type,
    default: field.default === undefined ? undefined : JSON.stringify(field.default),
    required: field.default === undefined && !field.optional,
    doc: field.doc,
  }));
}
