/** Where time comes from: the machine, or for demonstrations a clock that is moved by hand. Unix seconds. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) };

/** The simulated clock of `demo`: it stands still until it is moved, and never goes back. */
export class SimulatedClock implements Clock {
  #now: number;
  constructor(start: number) {
    this.#now = start;
  }
  now(): number {
    return this.#now;
  }
  moveTo(unixSeconds: number): void {
    if (unixSeconds < this.#now) throw new RangeError("a clock does not go back");
    this.#now = unixSeconds;
  }
}
