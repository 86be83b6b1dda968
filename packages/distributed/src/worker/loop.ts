import { Wake } from "./wake.js";

/** Does something from time to time until it is ended. */
export class Loop {
  readonly #wake = new Wake();
  readonly #step: () => Promise<number>;
  #over = false;

  /** @param step returns the milliseconds until the next one; it must not throw */
  constructor(step: () => Promise<number>) {
    this.#step = step;
  }

  /** @param firstMs milliseconds until the first step */
  async run(firstMs = 0): Promise<void> {
    if (firstMs > 0) await this.#wake.sleep(firstMs);
    while (!this.#over) await this.#wake.sleep(await this.#step());
  }

  /** Takes the next step now, or right after the one under way. */
  wake(): void {
    this.#wake.wake();
  }

  end(): void {
    this.#over = true;
    this.#wake.wake();
  }
}
