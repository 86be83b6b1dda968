/** Notices a step that does not end: a loop that waits for something that never comes. */
export class StepWatch {
  readonly #limitMs: number;
  #since: number | undefined;

  /** @param limitMs how long a step may take without a sign of life, milliseconds */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  async during<T>(step: () => Promise<T>): Promise<T> {
    this.#since = performance.now();
    try {
      return await step();
    } finally {
      this.#since = undefined;
    }
  }

  /** The step under way has brought something on. */
  progressed(): void {
    if (this.#since !== undefined) this.#since = performance.now();
  }

  /** How long the step under way has been stuck, milliseconds; undefined if it is not. */
  get stuckMs(): number | undefined {
    if (this.#since === undefined) return undefined;
    const taken = performance.now() - this.#since;
    return taken > this.#limitMs ? Math.round(taken) : undefined;
  }
}
