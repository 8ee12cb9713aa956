// Deadlines of many calls on one timer: a hashed timing wheel. Setting and clearing a timer of Node's for each call
// costs more than answering it.
import type { Clock, Timer } from "../http2/clock.ts";

/** In no queue. */
const IDLE = -1;
/** Taken out of its slot because its time has come, and not called yet. */
const DUE = -2;

/** Something that ends at a time. The queue links these objects themselves, so that adding one allocates nothing. */
export abstract class Expiring {
  /** When it expires, on the clock's scale in milliseconds. Set by `DeadlineQueue.add`. */
  expiresAtMs = 0;
  /** @internal The links of the queue. */
  next: Expiring | undefined = undefined;
  /** @internal */
  previous: Expiring | undefined = undefined;
  /** @internal The slot it is in, or one of the two below. */
  slot: number = IDLE;

  /** Called once when the time has come; never early, and at most one tick late on an idle machine. */
  abstract expire(): void;
}

/** How exact deadlines are. */
const TICK_MS = 4;
const SLOTS = 1024;

/**
 * The deadlines of an endpoint's calls. It sets one timer, for the earliest slot that is in use, and none while there are
 * no deadlines. Expirations of any distance are possible: what is further away than a turn of the wheel stays for the next.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #slots: (Expiring | undefined)[] = new Array(SLOTS).fill(undefined);
  #count = 0;
  /** The last tick that has been looked at. */
  #tick = 0;
  #timer: Timer | undefined;
  /** The tick that the timer is set for. */
  #wakeTick = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many deadlines are waited for. */
  get size(): number {
    return this.#count;
  }

  /** Lets `item` expire after so many milliseconds, unless it is removed before. What has been added already gets the new time. */
  add(item: Expiring, afterMs: number): void {
    this.remove(item);
    const now = this.#clock.monotonicMs();
    const currentTick = Math.floor(now / TICK_MS);
    if (this.#count === 0) this.#tick = currentTick;
    item.expiresAtMs = now + Math.max(0, afterMs);
    const tick = Math.max(this.#tick + 1, Math.ceil(item.expiresAtMs / TICK_MS));
    this.#link(item, tick % SLOTS);
    const wakeTick = Math.min(tick, currentTick + SLOTS);
    if (this.#timer === undefined || wakeTick < this.#wakeTick) this.#wakeAt(wakeTick, now);
  }

  /** Does nothing where the item is not in the queue. */
  remove(item: Expiring): void {
    const { slot } = item;
    if (slot < 0) {
      item.slot = IDLE;
      return;
    }
    this.#unlink(item);
    if (this.#count === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }

  #link(item: Expiring, slot: number): void {
    const head = this.#slots[slot];
    item.slot = slot;
    item.next = head;
    if (head !== undefined) head.previous = item;
    this.#slots[slot] = item;
    this.#count++;
  }

  #unlink(item: Expiring): void {
    if (item.previous === undefined) this.#slots[item.slot] = item.next;
    else item.previous.next = item.next;
    if (item.next !== undefined) item.next.previous = item.previous;
    item.next = undefined;
    item.previous = undefined;
    item.slot = IDLE;
    this.#count--;
  }

  #wakeAt(tick: number, now: number): void {
    this.#timer?.cancel();
    this.#wakeTick = tick;
    this.#timer = this.#clock.after(Math.max(1, tick * TICK_MS - now), () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonicMs();
    const due = this.#collectDue(now);
    this.#sleep(now);
    expireEach(due, 0);
  }

  /** Takes out what has expired by now: each slot that has come up since the last time, at most one turn of the wheel. */
  #collectDue(now: number): Expiring[] {
    const due: Expiring[] = [];
    const last = Math.floor(now / TICK_MS);
    for (let tick = Math.max(this.#tick + 1, last - SLOTS + 1); tick <= last; tick++) {
      for (let item = this.#slots[tick % SLOTS]; item !== undefined; ) {
        const { next } = item;
        if (item.expiresAtMs <= now) {
          this.#unlink(item);
          item.slot = DUE;
          due.push(item);
        }
        item = next;
      }
    }
    this.#tick = Math.max(this.#tick, last);
    return due;
  }

  /** Sets the timer for the next slot that holds anything. */
  #sleep(now: number): void {
    if (this.#count === 0) return;
    let tick = this.#tick + 1;
    while (this.#slots[tick % SLOTS] === undefined) tick++;
    this.#wakeAt(tick, now);
  }
}

/** One that throws does not keep the others from expiring; one that an earlier one has removed is passed over. */
function expireEach(due: readonly Expiring[], first: number): void {
  let next = first;
  try {
    for (let item = due[next]; item !== undefined; item = due[next]) {
      next++;
      if (item.slot !== DUE) continue;
      item.slot = IDLE;
      item.expire();
    }
  } finally {
    if (next < due.length) expireEach(due, next);
  }
}
