/** Which methods an address has, for the answer to one that it does not have. Asked only after routing has failed. */
export interface MethodTable {
  add(method: string, address: string | RegExp): void;
  /** The methods of the path, sorted; none where there is nothing at it. */
  methodsAt(path: string): readonly string[];
}

export function createMethodTable(): MethodTable {
  const entries: { readonly method: string; readonly address: string | RegExp }[] = [];
  return {
    add(method, address) {
      entries.push({ method, address });
    },
    methodsAt(path) {
      const found = entries.filter(({ address }) => (typeof address === "string" ? address === path : address.test(path)));
      return [...new Set(found.map(({ method }) => method))].sort();
    },
  };
}
