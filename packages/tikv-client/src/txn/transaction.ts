import { throwIfAborted } from "../backoff/call-backoff.js";
import { TikvError } from "../error.js";
import type { TransactionEnvironment } from "./environment.js";
import { checkCount, ownedKey, ownedValue, physicalKey, type KeyLike } from "../limits.js";
import { PessimisticLocks } from "./pessimistic/pessimistic-locks.js";
import { OwnReads } from "./read/own-reads.js";
import { Scan, scanShape, type ScanOptions } from "./read/scan.js";
import type { ReadOptions } from "./snapshot.js";
import type { ResolvedTransactionOptions } from "./transaction-options.js";
import { choosePrimary, mutationsOf } from "./two-phase-commit/commit-plan.js";
import { commitTransaction } from "./two-phase-commit/commit-transaction.js";
import { WriteBuffer } from "./write-buffer.js";

export interface LockOptions {
  /** How long a pessimistic lock is waited for, ms; 0: not at all. Default 20,000. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface CommitOptions {
  readonly signal?: AbortSignal;
}

type State = "active" | "committing" | "committed" | "rolled back" | "failed";

const LOCK_WAIT_MS = 20_000;

/**
 * Reads a snapshot at its start and gathers writes, which its own reads see at once and others
 * after the commit. Made by `TransactionClient.begin`.
 */
export class Transaction {
  /** Its identity, and the timestamp of its snapshot. */
  readonly startTs: bigint;
  readonly #environment: TransactionEnvironment;
  readonly #options: ResolvedTransactionOptions;
  readonly #begunAt = performance.now();
  readonly #buffer: WriteBuffer;
  readonly #locks: PessimisticLocks | undefined;
  readonly #reads: OwnReads;
  #state: State = "active";
  #commitTs: bigint | undefined;

  constructor(
    environment: TransactionEnvironment,
    startTs: bigint,
    options: ResolvedTransactionOptions,
  ) {
    this.#environment = environment;
    this.startTs = startTs;
    this.#options = options;
    this.#buffer = new WriteBuffer(environment.cluster.codec);
    if (options.mode === "pessimistic") {
      this.#locks = new PessimisticLocks(environment, startTs, this.#begunAt);
    }
    this.#reads = new OwnReads(environment, startTs, this.#buffer, this.#locks);
  }

  /** When it was committed, and undefined before. */
  get commitTs(): bigint | undefined {
    return this.#commitTs;
  }

  /** False once it was committed or rolled back, or its commit failed. */
  get isActive(): boolean {
    return this.#state === "active";
  }

  /** Bytes of the keys and values that it would write. */
  get bytes(): number {
    return this.#buffer.bytes;
  }

  /**
   * Undefined: no such key. A key that this transaction has locked is read as of its lock, any
   * other as of the start. The value may be a view of a reply, which it keeps alive.
   */
  get(key: KeyLike, options?: ReadOptions): Promise<Uint8Array | undefined> {
    // Not async: that would be one promise more for each read.
    try {
      this.#check();
      const physical = physicalKey(this.#environment.cluster.codec, key);
      return this.#reads.get(physical, options?.signal ?? this.#options.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `get`, for all at once; values in the order of `keys`. */
  async batchGet(
    keys: readonly KeyLike[],
    options?: ReadOptions,
  ): Promise<(Uint8Array | undefined)[]> {
    this.#check();
    const { codec } = this.#environment.cluster;
    const signal = options?.signal ?? this.#options.signal;
    const physical = keys.map((key) => physicalKey(codec, key));
    return this.#reads.batchGet(physical, signal);
  }

  /**
   * Entries as of the start, with the writes that this transaction had made when the iteration
   * began. Read page by page as they are wanted.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT`, `ERR_ROBOFLOW_TIKV_FINISHED`
   */
  scan(options: ScanOptions = {}): Scan {
    this.#check();
    const { codec } = this.#environment.cluster;
    const shape = scanShape(codec, options, this.#options.signal);
    return new Scan(codec, () => this.#reads.scan(shape));
  }

  /**
   * @throws TikvError `ERR_ROBOFLOW_TIKV_KEY`, `ERR_ROBOFLOW_TIKV_VALUE`,
   * `ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE`, `ERR_ROBOFLOW_TIKV_FINISHED`
   */
  put(key: KeyLike, value: KeyLike): void {
    this.#check();
    const physical = ownedKey(this.#environment.cluster.codec, key);
    this.#buffer.put(physical, ownedValue(physical, value));
  }

  /**
   * As `put`, of a key that must not exist: if it does, the commit fails, or this call if that is
   * known already.
   * @throws TikvError also `ERR_ROBOFLOW_TIKV_KEY_EXISTS`
   */
  insert(key: KeyLike, value: KeyLike): void {
    this.#check();
    const physical = ownedKey(this.#environment.cluster.codec, key);
    const lock = this.#locks?.get(physical);
    if (lock?.existed === true && this.#buffer.read(physical).kind === "unknown") {
      throw new TikvError("ERR_ROBOFLOW_TIKV_KEY_EXISTS", "The key to insert exists already", {
        key: this.#environment.cluster.codec.decode(physical),
      });
    }
    this.#buffer.insert(physical, ownedValue(physical, value));
  }

  /** Of a key that may not exist. */
  delete(key: KeyLike): void {
    this.#check();
    this.#buffer.delete(ownedKey(this.#environment.cluster.codec, key));
  }

  /**
   * Optimistic: the commit fails if another transaction writes one of them first. Pessimistic:
   * waits for their locks now, all or none, and holds them until the end; what others committed
   * in between is no conflict, and `get` reads it.
   * @throws TikvError pessimistic: `ERR_ROBOFLOW_TIKV_LOCKED`, `ERR_ROBOFLOW_TIKV_DEADLOCK`
   */
  async lockKeys(keys: readonly KeyLike[], options: LockOptions = {}): Promise<void> {
    await this.#lock(keys, options, false);
  }

  /** `lockKeys`, and what they hold now (with own writes), in the order of `keys`. */
  async lockAndGet(
    keys: readonly KeyLike[],
    options: LockOptions = {},
  ): Promise<(Uint8Array | undefined)[]> {
    await this.#lock(keys, options, true);
    const { codec } = this.#environment.cluster;
    const signal = options.signal ?? this.#options.signal;
    return Promise.all(
      keys.map(async (key) => {
        const physical = physicalKey(codec, key);
        const held = this.#locks?.get(physical);
        const known = held !== undefined && (held.value !== undefined || !held.existed);
        if (known && this.#buffer.read(physical).kind === "unknown") return held.value;
        return await this.get(key, signal === undefined ? undefined : { signal });
      }),
    );
  }

  /**
   * Makes the writes visible to all, at once.
   * @returns the commit timestamp; the start's if there was nothing to write
   * @throws TikvError `ERR_ROBOFLOW_TIKV_WRITE_CONFLICT`, `ERR_ROBOFLOW_TIKV_ROLLED_BACK`,
   * `ERR_ROBOFLOW_TIKV_KEY_EXISTS`: nothing was written; `ERR_ROBOFLOW_TIKV_ABORTED`,
   * `ERR_ROBOFLOW_TIKV_UNAVAILABLE`: the same
   * @throws UndeterminedError nobody knows whether it was
   */
  async commit(options: CommitOptions = {}): Promise<bigint> {
    this.#check();
    const signal = options.signal ?? this.#options.signal;
    throwIfAborted(signal);
    this.#state = "committing";
    try {
      const commitTs = await this.#commit(signal);
      this.#commitTs = commitTs;
      this.#state = "committed";
      return commitTs;
    } catch (error) {
      this.#state = "failed";
      throw error;
    } finally {
      this.#locks?.stop();
    }
  }

  /** Drops the writes, and gives pessimistic locks back. Nothing to do after the end. */
  async rollback(): Promise<void> {
    if (this.#state !== "active") return;
    this.#state = "rolled back";
    if (this.#locks === undefined) return;
    try {
      await this.#locks.release();
    } catch (error) {
      // They expire by themselves.
      this.#environment.cluster.options.logger.debug("Locks were left to expire", { error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollback();
  }

  async #commit(signal: AbortSignal | undefined): Promise<bigint> {
    const locks = this.#locks;
    if (locks !== undefined) await this.#lockWritten(locks, signal);
    if (this.#buffer.size === 0) return this.startTs;
    const mutations = mutationsOf(this.#buffer, locks !== undefined);
    const primary = locks?.primary ?? choosePrimary(mutations);
    if (primary === undefined) return this.startTs;
    const { onePc, asyncCommit, causalConsistency } = this.#options;
    return commitTransaction(
      this.#environment,
      {
        startTs: this.startTs,
        mutations,
        primary,
        bytes: this.#buffer.bytes,
        forUpdateTs: locks?.forUpdateTs ?? 0n,
        onePc,
        asyncCommit,
        causalConsistency,
        begunAt: this.#begunAt,
      },
      signal,
    );
  }

  /** Keys that were written without a lock get one, unless another has written them since the start. */
  async #lockWritten(locks: PessimisticLocks, signal: AbortSignal | undefined): Promise<void> {
    const targets: { key: Uint8Array; absent: boolean }[] = [];
    this.#buffer.forEach((key, { kind }) => {
      targets.push({ key, absent: kind === "insert" || kind === "check-absent" });
    });
    try {
      const waitMs = LOCK_WAIT_MS;
      await locks.acquire(targets, { at: "start", waitMs, returnValues: false, signal });
    } catch (error) {
      await locks.release().catch(() => {});
      throw error;
    }
    for (const key of locks.keys()) this.#buffer.lock(key);
  }

  async #lock(keys: readonly KeyLike[], options: LockOptions, values: boolean): Promise<void> {
    this.#check();
    const { waitMs = LOCK_WAIT_MS, signal = this.#options.signal } = options;
    checkCount("waitMs", waitMs, 0);
    const { codec } = this.#environment.cluster;
    const physical = keys.map((key) => ownedKey(codec, key));
    if (this.#locks === undefined) {
      for (const key of physical) this.#buffer.lock(key);
      return;
    }
    const targets = physical.map((key) => ({ key, absent: this.#buffer.mustBeAbsent(key) }));
    await this.#locks.acquire(targets, { at: "now", waitMs, returnValues: values, signal });
  }

  #check(): void {
    if (this.#state === "active") return;
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_FINISHED",
      `Transaction ${this.startTs} is ${this.#state}`,
      { hint: "Begin another one" },
    );
  }
}
