export interface PauseOptions {
  /** Milliseconds after the first miss; doubles with each further one. */
  readonly firstMs: number;
  /** Never more than this. */
  readonly maxMs: number;
  /** A number in [0, 1) for the jitter. */
  readonly random: () => number;
}

/** How long to wait between tries: longer with each miss, and never all workers at once. */
export class Pause {
  readonly #options: PauseOptions;
  #misses = 0;

  constructor(options: PauseOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait after one more miss: the upper half of the doubling pause. */
  next(): number {
    const { firstMs, maxMs, random } = this.#options;
    const ceiling = Math.min(maxMs, firstMs * 2 ** this.#misses);
    if (ceiling < maxMs) this.#misses += 1;
    return ceiling * (0.5 + random() / 2);
  }

  reset(): void {
    this.#misses = 0;
  }
}
