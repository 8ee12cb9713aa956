/** Something that is loaded by the first who needs it. */
export interface Lazy<T> {
  /** Undefined until it is loaded. */
  readonly loaded: T | undefined;
  load(): Promise<T>;
}

export function lazily<T>(load: () => Promise<T>): Lazy<T> {
  let loaded: T | undefined;
  let loading: Promise<T> | undefined;
  return {
    get loaded() {
      return loaded;
    },
    load() {
      loading ??= load().then((value) => {
        loaded = value;
        return value;
      });
      return loading;
    },
  };
}
