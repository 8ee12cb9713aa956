/** An amount of which no more than a limit may be taken at once, nor more than its parent has left. */
export interface Budget {
  /** Takes the amount; a negative one gives back. Returns false, and takes nothing, where there is not enough. */
  take(amount: number): boolean;
}

export function createBudget(limit: number, parent?: Budget): Budget {
  let taken = 0;
  return {
    take(amount) {
      if (amount > 0 && taken + amount > limit) return false;
      if (parent?.take(amount) === false) return false;
      taken += amount;
      return true;
    },
  };
}
