/** Where a value came from. */
export type Origin =
  | { readonly layer: "default" }
  /** `line` counts from 1. */
  | { readonly layer: "file"; readonly file: string; readonly line: number | undefined }
  /** `file`: the file that the variable names, where the value was read from one. */
  | { readonly layer: "environment"; readonly variable: string; readonly file: string | undefined }
  | { readonly layer: "override"; readonly path: string };

/** The origin in a few words: `config/local.toml:12`, `ARCANA_DATABASE__URL`, `--set server.rest.port`, `default`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.layer) {
    case "default":
      return "default";
    case "file":
      return origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
    case "environment":
      return origin.file === undefined ? origin.variable : `${origin.variable} (${origin.file})`;
    case "override":
      return `--set ${origin.path}`;
  }
}

/** One thing that is wrong with the configuration, or that deserves a look. */
export interface Problem {
  /** The key, such as `server.rest.port`; undefined where it is about a whole file or an unknown variable. */
  readonly path: string | undefined;
  readonly origin: Origin | undefined;
  /** What is wrong and what to do. Holds no secret. */
  readonly message: string;
}

/** The problem in one line: where it is, which key, what is wrong. */
export function describeProblem({ origin, path, message }: Problem): string {
  const place = origin === undefined || origin.layer === "default" ? undefined : describeOrigin(origin);
  const key = origin?.layer === "override" ? undefined : path;
  return [place, key, message].filter((part) => part !== undefined).join(": ");
}

/** The configuration cannot be used. Its message has one line a problem. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}
