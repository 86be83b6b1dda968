import type { Logger } from "@roboflow/core";
import { DistributedError } from "../error.js";
import { errorRecord, type ErrorRecord } from "../records/error-record.js";

export type StoreHealth =
  | { readonly state: "reachable" }
  /** `sinceMs`: for how long it has not answered, milliseconds. */
  | { readonly state: "away"; readonly sinceMs: number; readonly lastError: ErrorRecord };

/** What a worker knows of its store, from the calls that it makes anyway. */
export class StoreContact {
  readonly #logger: Logger;
  readonly #onBack: () => void;
  #away: { readonly from: number; readonly lastError: ErrorRecord } | undefined;

  /** @param onBack told when the store answers again, so that nobody sleeps on */
  constructor(logger: Logger, onBack: () => void) {
    this.#logger = logger;
    this.#onBack = onBack;
  }

  get health(): StoreHealth {
    if (this.#away === undefined) return { state: "reachable" };
    const { from, lastError } = this.#away;
    return { state: "away", sinceMs: Math.round(performance.now() - from), lastError };
  }

  /**
   * Does a call that ends in a write. Only such a one shows that the store is back: where reads work
   * and writes do not, a worker must not go back and forth.
   */
  async writing<T>(call: () => Promise<T>): Promise<T> {
    const result = await this.reading(call);
    this.#reached();
    return result;
  }

  /** Does a call that may only read. */
  async reading<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (isStoreAway(error)) this.#missed(error);
      throw error;
    }
  }

  #reached(): void {
    const { health } = this;
    if (health.state === "reachable") return;
    this.#away = undefined;
    this.#logger.info("The store answers again", { afterMs: health.sinceMs });
    this.#onBack();
  }

  #missed(error: DistributedError): void {
    const from = this.#away?.from ?? performance.now();
    if (this.#away === undefined) {
      this.#logger.warn(
        "The store does not answer: running jobs go on, and what they give is written once it does",
        { error },
      );
    }
    this.#away = { from, lastError: errorRecord(error) };
  }
}

export function isStoreAway(error: unknown): error is DistributedError {
  return error instanceof DistributedError && error.code === "ERR_ROBOFLOW_STORE_UNAVAILABLE";
}
