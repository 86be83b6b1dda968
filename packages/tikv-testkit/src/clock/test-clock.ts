/**
 * The cluster's time in ms since 1970: the physical part of timestamps, and what raw values with a
 * time to live expire by. It follows the machine's clock until it is set or frozen; then it stands
 * still, and only `set` and `advance` move it.
 */
export class TestClock {
  #frozenAt: number | undefined;
  /** How far the running clock is ahead of the machine's. */
  #offset = 0;

  now(): number {
    return this.#frozenAt ?? Date.now() + this.#offset;
  }

  get isFrozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  /** Stands still at `ms` (default: now). Timestamps never step back: an earlier time holds them. */
  set(ms: number = this.now()): void {
    this.#frozenAt = ms;
  }

  /** Moves on by `ms`; a frozen clock stays frozen, a running one runs on. */
  advance(ms: number): void {
    if (this.#frozenAt === undefined) {
      this.#offset += ms;
    } else {
      this.#frozenAt += ms;
    }
  }

  /** Runs again, from where it stands. */
  run(): void {
    if (this.#frozenAt !== undefined) {
      this.#offset = this.#frozenAt - Date.now();
      this.#frozenAt = undefined;
    }
  }
}
