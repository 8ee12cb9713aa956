import type { LoadedConfig } from "./load.ts";
import { describeOrigin } from "./problem.ts";

/** One key as `config show --explain` prints it. Secrets are redacted. */
export interface Explanation {
  readonly path: string;
  /** As TOML would have it; undefined: not set. */
  readonly value: string | undefined;
  /** Which layer set it: `config/local.toml:12`, `ARCANA_DATABASE__URL`, `--set …`, `default`. */
  readonly origin: string;
}

/** Every key with its value and what set it, in the schema's order. */
export function explainConfig(loaded: Pick<LoadedConfig<unknown>, "settings">): readonly Explanation[] {
  return [...loaded.settings].map(([path, { value, origin }]) => ({
    path,
    value: value === undefined ? undefined : JSON.stringify(value),
    origin: describeOrigin(origin),
  }));
}
