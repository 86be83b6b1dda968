import { openCluster, type OpenCluster } from "../cluster/open-cluster.js";
import { TikvError } from "../error.js";
import type { ClientOptions } from "../options.js";
import { Background } from "./background.js";
import { deleteRange } from "./delete-range.js";
import type { TransactionEnvironment } from "./environment.js";
import { collectGarbage, FOREVER, type GcOptions } from "./gc.js";
import { Heartbeats } from "./heartbeat.js";
import { checkCount, physicalRange, type KeyLike } from "../limits.js";
import { LockResolver } from "./lock-resolver/lock-resolver.js";
import { runTransaction, type RunOptions } from "./run-transaction.js";
import { SafePoint } from "./safe-point.js";
import { MAX_TIMESTAMP } from "./timestamps.js";
import { Snapshot, type ReadOptions } from "./snapshot.js";
import { resolveTransactionOptions, type TransactionOptions } from "./transaction-options.js";
import { Transaction } from "./transaction.js";

export interface TransactionClientOptions extends ClientOptions {
  /** Defaults of `begin` and `transaction`. */
  readonly transactions?: Omit<TransactionOptions, "signal">;
  /**
   * How long `close` waits for the rest of finished transactions (commits of secondaries,
   * rollbacks), ms; what is left then is done by whoever meets its locks. Default 5,000.
   */
  readonly closeTimeoutMs?: number;
}

/** client-go's budget of a timestamp, ms. */
const TSO_BUDGET_MS = 15_000;
const CLOSE_TIMEOUT_MS = 5000;

/**
 * Transactions with snapshot isolation: the first to commit wins. Every method throws TikvError
 * `ERR_ROBOFLOW_TIKV_UNAVAILABLE`, `_PD_UNAVAILABLE`, `_ABORTED`, `_CLOSED`.
 */
export class TransactionClient implements AsyncDisposable {
  readonly #cluster: OpenCluster;
  readonly #environment: TransactionEnvironment;
  readonly #defaults: TransactionOptions;
  readonly #closeTimeoutMs: number;
  #closing: Promise<void> | undefined;

  private constructor(
    cluster: OpenCluster,
    { transactions = {}, closeTimeoutMs = CLOSE_TIMEOUT_MS }: Partial<TransactionClientOptions>,
  ) {
    this.#cluster = cluster;
    this.#defaults = transactions;
    this.#closeTimeoutMs = closeTimeoutMs;
    const background = new Background(cluster.options.logger);
    this.#environment = {
      cluster,
      background,
      resolver: new LockResolver(cluster, background),
      safePoint: new SafePoint(cluster),
      heartbeats: new Heartbeats(cluster),
    };
  }

  /** @throws TikvError as `openCluster` */
  static async connect(options: TransactionClientOptions): Promise<TransactionClient> {
    const { closeTimeoutMs = CLOSE_TIMEOUT_MS } = options;
    checkCount("closeTimeoutMs", closeTimeoutMs, 0);
    return TransactionClient.over(await openCluster(options, "txn"), options);
  }

  /** On a cluster that is open already, which closes with this client. */
  static over(
    cluster: OpenCluster,
    options: Partial<TransactionClientOptions> = {},
  ): TransactionClient {
    return new TransactionClient(cluster, options);
  }

  /** A timestamp greater than any that this cluster gave before: physical ms << 18 | logical. */
  async currentTimestamp({ signal }: ReadOptions = {}): Promise<bigint> {
    this.#check();
    return this.#cluster.pd.timestamp(this.#cluster.backoff(TSO_BUDGET_MS, signal));
  }

  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    this.#check();
    const resolved = resolveTransactionOptions(options, this.#defaults);
    const backoff = this.#cluster.backoff(TSO_BUDGET_MS, resolved.signal);
    const startTs = await this.#cluster.pd.timestamp(backoff);
    return new Transaction(this.#environment, startTs, resolved);
  }

  /**
   * Runs `fn`, which may run several times and should do nothing but use its transaction, and
   * commits. After a write conflict, a rollback by others or a deadlock it runs again.
   * @throws UndeterminedError never tried again
   */
  transaction<T>(
    fn: (transaction: Transaction) => Promise<T>,
    options: RunOptions = {},
  ): Promise<T> {
    return runTransaction(() => this.begin(options), fn, options);
  }

  /**
   * What was committed at `ts`; default: now.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_SAFE_POINT`; `ERR_ROBOFLOW_TIKV_ARGUMENT` for the future
   */
  async snapshot(ts?: bigint, { signal }: ReadOptions = {}): Promise<Snapshot> {
    const now = await this.currentTimestamp(signal === undefined ? {} : { signal });
    if (ts === undefined) return new Snapshot(this.#environment, now, signal);
    if (ts <= 0n || ts > now) {
      throw new TikvError(
        "ERR_ROBOFLOW_TIKV_ARGUMENT",
        `The timestamp ${ts} is not between 1 and now, ${now}: what it will see can still change`,
      );
    }
    await this.#environment.safePoint.checkFresh(ts, signal);
    return new Snapshot(this.#environment, ts, signal);
  }

  /**
   * For reads that each want what is committed when they are served, and no snapshot for several:
   * spares the timestamp. A scan reads every page at a moment of its own.
   */
  latest({ signal }: ReadOptions = {}): Snapshot {
    this.#check();
    return new Snapshot(this.#environment, MAX_TIMESTAMP, signal);
  }

  /** Reads older than this may fail: their versions may have been collected. */
  async gcSafePoint({ signal }: ReadOptions = {}): Promise<bigint> {
    this.#check();
    return this.#cluster.pd.gcSafePoint(this.#cluster.backoff(TSO_BUDGET_MS, signal));
  }

  /**
   * For whoever runs garbage collection in a cluster without TiDB: ends transactions that began
   * up to `safePoint` and lets stores drop versions that are not visible from there on.
   * @returns the safe point now in force; a service may hold it back
   */
  async gc(safePoint: bigint, options: GcOptions = {}): Promise<bigint> {
    this.#check();
    checkCount("concurrency", options.concurrency ?? 1, 1);
    const { signal } = options;
    const now = await this.currentTimestamp(signal === undefined ? {} : { signal });
    if (safePoint <= 0n || safePoint > now) {
      throw new TikvError(
        "ERR_ROBOFLOW_TIKV_ARGUMENT",
        `The safe point ${safePoint} is not between 1 and now, ${now}`,
      );
    }
    return collectGarbage(this.#environment, safePoint, options);
  }

  /**
   * Keeps collection from passing `safePoint` while a service reads old versions.
   * @param ttlSeconds how long, unless it is set again; Infinity: for ever; 0 takes it back
   * @returns the lowest safe point of all services
   */
  async setServiceSafePoint(
    serviceId: string,
    safePoint: bigint,
    ttlSeconds: number,
    { signal }: ReadOptions = {},
  ): Promise<bigint> {
    this.#check();
    checkCount("ttlSeconds", ttlSeconds, 0);
    const backoff = this.#cluster.backoff(TSO_BUDGET_MS, signal);
    const ttl = ttlSeconds === Number.POSITIVE_INFINITY ? FOREVER : BigInt(ttlSeconds);
    return this.#cluster.pd.updateServiceSafePoint(backoff, serviceId, ttl, safePoint);
  }

  /**
   * Removes all keys of a range at once, without a transaction: snapshots lose them as well, and
   * locks on them go unseen. For ranges that nobody uses any more.
   */
  async deleteRange(
    range: { readonly start: KeyLike; readonly end: KeyLike },
    { signal }: ReadOptions = {},
  ): Promise<void> {
    this.#check();
    await deleteRange(this.#cluster, physicalRange(this.#cluster.codec, range), signal);
  }

  /** Waits for the rest of finished transactions, within `closeTimeoutMs`; open ones can't go on. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#environment.heartbeats.stop();
    await this.#environment.background.drain(this.#closeTimeoutMs);
    await this.#cluster.close();
  }

  #check(): void {
    if (this.#closing === undefined) return;
    throw new TikvError("ERR_ROBOFLOW_TIKV_CLOSED", "The TiKV client is closed", {
      hint: "Connect a new one, or close this one only after its last call",
    });
  }
}
