/** `google.api.http` path templates as OpenAPI paths. */

export interface DocumentedPath {
  /** Such as `/api/v1/users/{user_id}`. */
  readonly path: string;
  readonly variables: readonly { readonly name: string; readonly pattern: string | undefined }[];
}

const variable = /\{([^{}=]+)(?:=([^{}]*))?\}/g;

/** OpenAPI's variables have no patterns: `{name=shelves/*}` becomes `{name}`, the pattern is left to the description. */
export function documentedPath(template: string): DocumentedPath {
  const variables = [...template.matchAll(variable)].map(([, name = "", pattern]) => ({
    name,
    pattern: pattern === "*" ? undefined : pattern,
  }));
  return { path: template.replace(variable, "{$1}"), variables };
}
