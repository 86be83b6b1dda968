import { monotonic, type Clock } from "./clock.js";
import type { KvPair, KvStore, KvTransaction, ScanOptions, TransactOptions } from "./kv-store.js";
import { MemoryData } from "./memory-data.js";
import { runTransaction, type RetryOptions } from "./retry.js";
import { storeClosed } from "./store-closed.js";
import { BufferedTransaction } from "./transaction.js";

export interface MemoryStoreOptions extends RetryOptions {
  /** The store's time comes from here; `Date.now` by default. */
  readonly clock?: Clock;
}

/**
 * A store in this process's memory, for tests: snapshot isolation and nothing more, so that code
 * which relies on more (an engine that happens to prevent write skew) fails on it.
 */
export class MemoryStore implements KvStore {
  readonly url = "memory:";
  readonly #options: MemoryStoreOptions;
  #data: MemoryData;
  #closed = false;

  constructor(options: MemoryStoreOptions = {}) {
    this.#options = options;
    this.#data = new MemoryData(monotonic(options.clock ?? Date.now));
  }

  /** Another handle onto the same data, closed on its own, as another process would have. */
  openAgain(): MemoryStore {
    const other = new MemoryStore(this.#options);
    other.#data = this.#data;
    return other;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.transact((tx) => tx.get(key));
  }

  async batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.transact((tx) => tx.batchGet(keys));
  }

  async *scan(options: ScanOptions): AsyncGenerator<KvPair> {
    this.#check();
    for await (const pair of new BufferedTransaction(this.#data.view()).scan(options)) {
      yield pair;
      this.#check();
    }
  }

  async transact<T>(
    fn: (tx: KvTransaction) => Promise<T>,
    options: TransactOptions = {},
  ): Promise<T> {
    this.#check();
    const engine = {
      begin: () => this.#data.begin(),
      commit: (...args: Parameters<MemoryData["commit"]>) => {
        this.#check();
        return this.#data.commit(...args);
      },
    };
    return runTransaction(engine, fn, { ...this.#options, ...options });
  }

  async now(): Promise<number> {
    this.#check();
    return this.#data.now();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #check(): void {
    if (this.#closed) throw storeClosed(this.url);
  }
}
