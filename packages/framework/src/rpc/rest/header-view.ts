import type { IncomingHttpHeaders } from "node:http";

/**
 * The headers of a request as the standard `Headers`, without making one: reading costs a property lookup. Only who
 * writes, or asks for what is rare, pays for the copy.
 */
export class HeaderView implements Headers {
  readonly #received: IncomingHttpHeaders;
  #copy: Headers | undefined = undefined;

  constructor(received: IncomingHttpHeaders) {
    this.#received = received;
  }

  get(name: string): string | null {
    if (this.#copy !== undefined) return this.#copy.get(name);
    // Nothing that an object inherits is a string: what is one was sent, under the name as it is.
    const sent: unknown = this.#received[name];
    return typeof sent === "string" ? sent : this.#seek(name.toLowerCase());
  }

  #seek(name: string): string | null {
    if (!Object.hasOwn(this.#received, name)) return null;
    const value = this.#received[name];
    return (typeof value === "object" ? value.join(", ") : value) ?? null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  append(name: string, value: string): void {
    this.#own().append(name, value);
  }

  set(name: string, value: string): void {
    this.#own().set(name, value);
  }

  delete(name: string): void {
    this.#own().delete(name);
  }

  getSetCookie(): string[] {
    return this.#own().getSetCookie();
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void): void {
    for (const [name, value] of this.#own()) callback(value, name, this);
  }

  keys(): ReturnType<Headers["keys"]> {
    return this.#own().keys();
  }

  values(): ReturnType<Headers["values"]> {
    return this.#own().values();
  }

  entries(): ReturnType<Headers["entries"]> {
    return this.#own().entries();
  }

  [Symbol.iterator](): ReturnType<Headers["entries"]> {
    return this.entries();
  }

  #own(): Headers {
    this.#copy ??= copyOf(this.#received);
    return this.#copy;
  }
}

function copyOf(received: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const item of typeof value === "string" ? [value] : (value ?? [])) headers.append(name, item);
  }
  return headers;
}
