import type { Scheduler } from "fast-check";
import { DistributedError } from "../../src/error.js";
import type {
  KvPair,
  KvReader,
  KvStore,
  KvTransaction,
  ScanOptions,
  TransactOptions,
} from "../../src/store/kv-store.js";

/**
 * A handle on `store` whose every read and commit waits for the scheduler, so that operations
 * interleave in any order. After a commit, the answer is lost as often as `losesAnswer` says.
 */
export class ScheduledStore implements KvStore {
  readonly url: string;

  constructor(
    private readonly store: KvStore,
    private readonly scheduler: Scheduler,
    private readonly losesAnswer: () => boolean,
  ) {
    this.url = store.url;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    await this.#turn();
    return this.store.get(key);
  }

  async batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    await this.#turn();
    return this.store.batchGet(keys);
  }

  async *scan(options: ScanOptions): AsyncGenerator<KvPair> {
    await this.#turn();
    yield* this.store.scan(options);
  }

  async transact<T>(fn: (tx: KvTransaction) => Promise<T>, options?: TransactOptions): Promise<T> {
    await this.#turn();
    const result = await this.store.transact(async (tx) => {
      const value = await fn(this.#scheduled(tx));
      await this.#turn();
      return value;
    }, options);
    if (this.losesAnswer()) {
      throw new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "The answer was lost", {
        permanence: "transient",
      });
    }
    return result;
  }

  now(): Promise<number> {
    return this.store.now();
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #scheduled(tx: KvTransaction): KvTransaction {
    const turn = (): Promise<void> => this.#turn();
    const reader: KvReader = {
      async get(key) {
        await turn();
        return tx.get(key);
      },
      async batchGet(keys) {
        await turn();
        return tx.batchGet(keys);
      },
      async *scan(options) {
        await turn();
        yield* tx.scan(options);
      },
    };
    return {
      ...reader,
      now: tx.now,
      put: (key, value) => tx.put(key, value),
      delete: (key) => tx.delete(key),
      lock: (key) => tx.lock(key),
    };
  }

  async #turn(): Promise<void> {
    await this.scheduler.schedule(Promise.resolve());
  }
}
