/** Takes one after the other of those that are fit, beginning each time after the last that was taken. */
export class RoundRobin<T> {
  #next: number;

  /** @param random from 0 to 1: where to begin, so that many clients do not begin with the same server */
  constructor(random: number = 0) {
    this.#next = Math.floor(random * 0x40000000);
  }

  /** @returns undefined where none is fit */
  pick(items: readonly T[], isFit: (item: T) => boolean): T | undefined {
    const count = items.length;
    for (let tried = 0; tried < count; tried++) {
      const index = (this.#next + tried) % count;
      const item = items[index] as T;
      if (!isFit(item)) continue;
      this.#next = index + 1;
      return item;
    }
    return undefined;
  }
}
