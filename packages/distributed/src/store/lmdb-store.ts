import { resolve } from "node:path";
import { DistributedError } from "../error.js";
import { checkKey } from "./bytes.js";
import { monotonic, type Clock } from "./clock.js";
import { CommitQueue } from "./commit-queue.js";
import type { KvPair, KvStore, KvTransaction, ScanOptions, TransactOptions } from "./kv-store.js";
import { openLmdb, type LmdbEnvironment } from "./lmdb-environment.js";
import { lmdbUnavailable } from "./lmdb-error.js";
import { isEmptyRange, lmdbRange, type LmdbRange } from "./lmdb-range.js";
import { LmdbSnapshot, type Page } from "./lmdb-snapshot.js";
import { runTransaction, type CommitOutcome, type RetryOptions } from "./retry.js";
import { storeClosed } from "./store-closed.js";
import type { Writes } from "./transaction.js";

export interface LmdbStoreOptions extends RetryOptions {
  /** The store's time follows it, and stays at or above the highest time committed. */
  readonly clock?: Clock;
  /** A transaction that runs longer is aborted; 60,000 by default. */
  readonly maxTransactionMs?: number;
}

/**
 * The embedded store: a directory that any number of processes of one machine open at once, and
 * no server. Snapshot isolation over LMDB: `fn` reads through a kept read transaction, and its
 * commit is validated and applied in one write transaction, on disk before `transact` resolves.
 */
export class LmdbStore implements KvStore {
  readonly url: string;
  readonly #environment: LmdbEnvironment;
  readonly #options: LmdbStoreOptions;
  readonly #timeFrom: (stored: number) => number;
  readonly #commits: CommitQueue;
  readonly #open = new Set<LmdbSnapshot>();
  #closing: Promise<void> | undefined;

  /**
   * Creates the directory if it is absent.
   * @throws DistributedError `ERR_ROBOFLOW_STORE_UNAVAILABLE`, permanent if this user can't use it
   */
  static async open(path: string, options: LmdbStoreOptions = {}): Promise<LmdbStore> {
    return new LmdbStore(await openLmdb(resolve(path)), options);
  }

  private constructor(environment: LmdbEnvironment, options: LmdbStoreOptions) {
    this.url = `lmdb:${environment.path}`;
    this.#environment = environment;
    this.#options = options;
    const clock = options.clock ?? Date.now;
    let stored = 0;
    const now = monotonic(() => Math.max(stored, clock()));
    this.#timeFrom = (atLeast) => {
      stored = Math.max(stored, atLeast);
      return now();
    };
    this.#commits = new CommitQueue(environment, this.#timeFrom);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.#read((snapshot) => snapshot.get(key));
  }

  async batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    for (const key of keys) checkKey(key);
    return this.#read((snapshot) => keys.map((key) => snapshot.get(key)));
  }

  /** Each page is a snapshot of its own, so that a slow reader holds nothing. */
  async *scan(options: ScanOptions): AsyncGenerator<KvPair> {
    let missing = options.limit ?? Number.POSITIVE_INFINITY;
    let left: LmdbRange | undefined = lmdbRange(options);
    while (left !== undefined && missing > 0 && !isEmptyRange(left)) {
      const range: LmdbRange = left;
      const page: Page = this.#read((snapshot) => snapshot.readPage(range, missing));
      yield* page.pairs;
      missing -= page.pairs.length;
      left = page.left;
    }
  }

  async count({
    limit = Number.POSITIVE_INFINITY,
    ...bounds
  }: Pick<ScanOptions, "start" | "end" | "limit">): Promise<number> {
    const range = lmdbRange(bounds);
    if (limit <= 0 || isEmptyRange(range)) return 0;
    return this.#read((snapshot) => snapshot.count(range, limit));
  }

  async transact<T>(
    fn: (tx: KvTransaction) => Promise<T>,
    options: TransactOptions = {},
  ): Promise<T> {
    const engine = {
      begin: () => this.#begin(),
      commit: (snapshot: LmdbSnapshot, writes: Writes) => this.#commit(snapshot, writes),
    };
    return runTransaction(engine, fn, { ...this.#options, ...options });
  }

  async now(): Promise<number> {
    return this.#read((snapshot) => snapshot.now);
  }

  /** Ends open transactions, and waits for commits already under way. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#commits.drained();
    for (const snapshot of this.#open) snapshot.end(storeClosed(this.url));
    await this.#environment.root.close();
  }

  #snapshot(): LmdbSnapshot {
    if (this.#closing !== undefined) throw storeClosed(this.url);
    try {
      const snapshot = new LmdbSnapshot(this.#environment, this.#timeFrom);
      this.#open.add(snapshot);
      snapshot.onRelease(() => this.#open.delete(snapshot));
      return snapshot;
    } catch (error) {
      throw lmdbUnavailable(this.#environment.path, error);
    }
  }

  /** `read` must be synchronous: nothing is held once it has returned. */
  #read<T>(read: (snapshot: LmdbSnapshot) => T): T {
    const snapshot = this.#snapshot();
    try {
      return read(snapshot);
    } finally {
      snapshot.release();
    }
  }

  #begin(): LmdbSnapshot {
    const snapshot = this.#snapshot();
    const limit = this.#options.maxTransactionMs ?? 60_000;
    const timer = setTimeout(() => {
      snapshot.end(
        new DistributedError(
          "ERR_ROBOFLOW_ABORTED",
          `A transaction on ${this.url} ran longer than ${limit} ms and was aborted`,
          { permanence: "transient", hint: "Do slow work outside the transaction." },
        ),
      );
    }, limit);
    timer.unref();
    snapshot.onRelease(() => clearTimeout(timer));
    return snapshot;
  }

  async #commit(snapshot: LmdbSnapshot, writes: Writes): Promise<CommitOutcome> {
    if (this.#closing !== undefined) throw storeClosed(this.url);
    snapshot.checkLive();
    return this.#commits.commit(snapshot, writes);
  }
}
