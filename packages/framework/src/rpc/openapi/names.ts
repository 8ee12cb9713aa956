/** Short names in the document for the full names of the contracts. */

interface Named {
  /** Such as `arcana.user.v1.User`. */
  readonly typeName: string;
  readonly file: { readonly proto: { readonly package: string } };
}

/**
 * A name for each type: the one it has in its package, `User`; or the full one where two packages have the same, or it
 * is reserved.
 */
export function shortNames(types: Iterable<Named>, reserved: readonly string[] = []): ReadonlyMap<string, string> {
  const byShort = Map.groupBy(new Map([...types].map((type) => [type.typeName, type])).values(), nameInPackage);
  const names = [...byShort].flatMap(([short, sharing]) =>
    sharing.map(({ typeName }) => [typeName, sharing.length > 1 || reserved.includes(short) ? typeName : short] as const),
  );
  return new Map(names);
}

function nameInPackage({ typeName, file }: Named): string {
  const scope = file.proto.package;
  return (scope === "" ? typeName : typeName.slice(scope.length + 1)).replaceAll(".", "_");
}
