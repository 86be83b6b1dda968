import type {
  KvPair,
  KvStore,
  KvTransaction,
  ScanOptions,
  TransactOptions,
} from "../../src/store/kv-store.js";

/**
 * A handle on `store` that does something else after its first transaction has made up its mind and
 * before it commits: what a race between two processes looks like at its worst.
 */
export class BeforeCommit implements KvStore {
  readonly url: string;
  #done = false;

  constructor(
    private readonly store: KvStore,
    private readonly meanwhile: () => Promise<unknown>,
  ) {
    this.url = store.url;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.store.get(key);
  }

  batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.store.batchGet(keys);
  }

  scan(options: ScanOptions): AsyncIterable<KvPair> {
    return this.store.scan(options);
  }

  transact<T>(fn: (tx: KvTransaction) => Promise<T>, options?: TransactOptions): Promise<T> {
    return this.store.transact(async (tx) => {
      const result = await fn(tx);
      if (!this.#done) {
        this.#done = true;
        await this.meanwhile();
      }
      return result;
    }, options);
  }

  now(): Promise<number> {
    return this.store.now();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
