/** A key of 1 to 1,978 bytes and its value of at least one. */
export interface KvPair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface ScanOptions {
  /** Inclusive. */
  readonly start: Uint8Array;
  /** Exclusive. Bounds may be longer than keys. */
  readonly end: Uint8Array;
  /** At most so many pairs. */
  readonly limit?: number;
  /** From the highest key down. */
  readonly reverse?: boolean;
  /**
   * What is committed when it is read, without one snapshot for all of it: spares a round trip
   * where snapshots cost one. Transactions read their own snapshot all the same.
   */
  readonly latest?: boolean;
}

export interface KvReader {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Values in the order of `keys`. */
  batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * How many keys the range holds, `limit` at most; without snapshot, and without reading values.
   * Absent where a scan is as fast.
   */
  count?(options: Pick<ScanOptions, "start" | "end" | "limit">): Promise<number>;
  /** Pairs in byte order of their keys. */
  scan(options: ScanOptions): AsyncIterable<KvPair>;
}

/** Reads see one snapshot and this transaction's own writes. Nothing is stored before `fn` returns. */
export interface KvTransaction extends KvReader {
  /** @throws DistributedError `ERR_ROBOFLOW_STORE_KEY`, `ERR_ROBOFLOW_STORE_VALUE` (permanent) */
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
  /** Guards a decision that only read `key`: conflicts as a write of it would; the value stays. */
  lock(key: Uint8Array): void;
  /** The store's time when the transaction began, milliseconds since the epoch. Never steps back. */
  readonly now: number;
}

export interface TransactOptions {
  /** Ends reads and retries with `ERR_ROBOFLOW_ABORTED`; a commit under way is not undone. */
  readonly signal?: AbortSignal;
  /** Told after each conflict, before `fn` runs again: how many there were so far. */
  readonly onConflict?: (conflicts: number) => void;
  /**
   * Lets a transaction that began during this one count as begun after it, and then see its writes
   * instead of giving way to them. Spares a round trip to stores behind a network; for functions
   * that read whatever decides.
   */
  readonly causal?: boolean;
}

export interface CollectOptions {
  /** Reads of states older than this may fail from then on, milliseconds. */
  readonly keepMs: number;
  /**
   * The safe point that this caller has set last, or has found to stand still; undefined: none. If
   * the cluster's is another, somebody else looks after it, and nothing is done.
   */
  readonly expected?: bigint;
  readonly signal?: AbortSignal;
}

/** What became of a collection; `safePoint` is the cluster's now. */
export interface Collection {
  readonly kind: "collected" | "leftToOthers";
  readonly safePoint: bigint;
}

/**
 * An ordered, transactional key-value store. The contract is snapshot isolation, first committer
 * wins: two transactions that wrote or locked a common key never both commit; disjoint ones do
 * (write skew). Outside `transact`, each call reads its own snapshot, and a long scan may read one
 * for each page: in order, no key twice.
 */
export interface KvStore extends KvReader, AsyncDisposable {
  /** Where it is, as `--store` takes it, e.g. `lmdb:/home/me/.roboflow/store`. */
  readonly url: string;
  /**
   * Runs `fn` and commits its writes at once, durably, before it resolves. After a conflict `fn`
   * runs again on a new snapshot, so it must have no side effects. An error of `fn` stores nothing.
   * @throws DistributedError transient: `ERR_ROBOFLOW_STORE_CONFLICT` when retries are used up,
   * `ERR_ROBOFLOW_ABORTED`, `ERR_ROBOFLOW_STORE_UNAVAILABLE`; after the last, on a store behind a
   * network, the writes may have been stored all the same
   */
  transact<T>(fn: (tx: KvTransaction) => Promise<T>, options?: TransactOptions): Promise<T>;
  /** The store's time, milliseconds since the epoch. Never steps back. */
  now(): Promise<number>;
  /**
   * Lets the servers drop old versions and the traces of deleted keys, which scans must pass.
   * Absent on stores that keep none. One process at a time should do it.
   */
  collectGarbage?(options: CollectOptions): Promise<Collection>;
  close(): Promise<void>;
}
