import type { Logger } from "@roboflow/core";
import { runGarbageCollection } from "../queue/garbage-collection.js";
import { acquireLock, releaseLock, type Leadership } from "../queue/leader-lock.js";
import { isLeaseLost } from "../queue/lease.js";
import type { KvStore } from "../store/kv-store.js";
import { Loop } from "./loop.js";

const GARBAGE_LOCK = "gc";

export interface GarbageDutyOptions {
  readonly store: KvStore;
  readonly holder: string;
  /** Milliseconds between rounds, and up to a tenth of it more. */
  readonly everyMs: number;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Has a store that keeps old versions drop them from time to time; of all finalizers one does it. */
export class GarbageDuty {
  readonly #options: GarbageDutyOptions;
  readonly #loop: Loop;
  readonly #stop = new AbortController();
  #leadership: Leadership | undefined;

  constructor(options: GarbageDutyOptions) {
    this.#options = options;
    this.#loop = new Loop(() => this.#round());
  }

  /** Until `end`; at once where the store keeps no garbage. */
  async run(): Promise<void> {
    if (this.#options.store.collectGarbage !== undefined) await this.#loop.run();
  }

  end(): void {
    this.#stop.abort();
    this.#loop.end();
  }

  /** Lets another lead at once. */
  async resign(): Promise<void> {
    if (this.#leadership) await releaseLock(this.#options.store, this.#leadership);
    this.#leadership = undefined;
  }

  async #round(): Promise<number> {
    const { store, holder, everyMs, random, logger } = this.#options;
    try {
      // Held from round to round, so that one and the same keeps the record of the safe point.
      const wish = { name: GARBAGE_LOCK, holder, leaseMs: everyMs * 3 };
      this.#leadership = await acquireLock(store, wish);
      if (this.#leadership) {
        const { signal } = this.#stop;
        await runGarbageCollection(store, this.#leadership, { logger, signal });
      }
    } catch (error) {
      if (isLeaseLost(error)) this.#leadership = undefined;
      if (!this.#stop.signal.aborted) {
        logger.debug("Old versions could not be dropped from the store; trying again", { error });
      }
    }
    return everyMs * (1 + random() / 10);
  }
}
