import { DistributedError } from "../../src/error.js";
import type {
  KvPair,
  KvStore,
  KvTransaction,
  ScanOptions,
  TransactOptions,
} from "../../src/store/kv-store.js";
import { deferred } from "../../src/testing/deferred.js";

/** What the model says of the one transaction that an operation runs. */
export type Fate =
  | { readonly kind: "commits" }
  /** It is stored, and the operation does not learn it. */
  | { readonly kind: "answerLost" }
  /** It waits before its commit until `release` or `abandon`. */
  | { readonly kind: "held" };

/** Thrown into an operation whose process the model lets die. */
export class Died extends Error {}

/**
 * A handle on a store for one operation: its first transaction meets its fate, and what it would do
 * after that is not done, as if its process had died.
 */
export class HeldStore implements KvStore {
  readonly url: string;
  readonly #decided = deferred<boolean>();
  #used = false;

  constructor(
    private readonly store: KvStore,
    private readonly fate: Fate,
  ) {
    this.url = store.url;
  }

  /** Lets a held transaction commit, if it still can. */
  release(): void {
    this.#decided.resolve(true);
  }

  /** The process of a held transaction dies. */
  abandon(): void {
    this.#decided.resolve(false);
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

  async transact<T>(fn: (tx: KvTransaction) => Promise<T>, options?: TransactOptions): Promise<T> {
    if (this.#used) throw new Died();
    const result = await this.store.transact(async (tx) => {
      const value = await fn(tx);
      if (this.fate.kind === "held" && !(await this.#decided.promise)) throw new Died();
      return value;
    }, options);
    this.#used = true;
    if (this.fate.kind === "answerLost") {
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
}
