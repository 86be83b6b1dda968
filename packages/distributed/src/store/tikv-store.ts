import type { Logger } from "@roboflow/core";
import type { ClientOptions, TransactionClient, TransactionOptions } from "tikv-client";
import { checkKey } from "./bytes.js";
import type {
  CollectOptions,
  Collection,
  KvPair,
  KvStore,
  KvTransaction,
  ScanOptions,
  TransactOptions,
} from "./kv-store.js";
import { runTransaction, type RetryOptions } from "./retry.js";
import { storeClosed } from "./store-closed.js";
import { tikvFailure } from "./tikv-error.js";
import { commitWrites, scanPairs, timeOf, TikvSnapshot } from "./tikv-snapshot.js";
import { tikvUrl } from "./tikv-url.js";
import { throwIfAborted, type Writes } from "./transaction.js";

/** Keys of one request when they are only counted. */
const COUNT_PAGE = 4_096;

/** How to reach a cluster, beside its endpoints. */
export type TikvConnection = Pick<
  ClientOptions,
  "tls" | "apiVersion" | "keyspace" | "connectTimeoutMs"
>;

export interface TikvStoreOptions extends RetryOptions {
  readonly connection?: TikvConnection;
  readonly logger?: Logger;
}

/**
 * The store for more than one machine: optimistic transactions of TiKV, whose snapshot isolation
 * and first-committer-wins rule are the contract's. Time is the timestamp oracle's.
 */
export class TikvStore implements KvStore {
  readonly url: string;
  readonly #client: TransactionClient;
  readonly #options: TikvStoreOptions;
  readonly #commits = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /**
   * @param endpoints `host:port` of PD members
   * @throws DistributedError `ERR_ROBOFLOW_STORE_UNAVAILABLE`, permanent if something else answers there
   */
  static async open(
    endpoints: readonly string[],
    options: TikvStoreOptions = {},
  ): Promise<TikvStore> {
    const url = tikvUrl(endpoints);
    const { TransactionClient: Client } = await import("tikv-client");
    const { connection, logger } = options;
    try {
      const client = await Client.connect({
        ...connection,
        endpoints,
        // As TiDB commits: our transactions are small, and a claim should cost few round trips.
        transactions: { onePc: true, asyncCommit: true },
        ...(logger === undefined ? {} : { logger }),
      });
      return new TikvStore(url, client, options);
    } catch (error) {
      throw tikvFailure(url, error);
    }
  }

  private constructor(url: string, client: TransactionClient, options: TikvStoreOptions) {
    this.url = url;
    this.#client = client;
    this.#options = options;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    checkKey(key);
    return (await this.#call((client) => client.latest().get(key)))?.slice();
  }

  async batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    for (const key of keys) checkKey(key);
    return this.#read(async (snapshot) => snapshot.batchGet(keys));
  }

  async *scan(options: ScanOptions): AsyncGenerator<KvPair> {
    if (options.latest === true) {
      const reads = await this.#call(async (client) => client.latest());
      yield* scanPairs(this.url, reads, options);
    } else yield* (await this.#begin()).scan(options);
  }

  async count({ start, end, limit = Number.POSITIVE_INFINITY }: ScanOptions): Promise<number> {
    if (limit <= 0 || Buffer.compare(start, end) >= 0) return 0;
    return this.#call(async (client) => {
      let count = 0;
      const keys = client.latest().scan({ start, end, limit, keyOnly: true, pageSize: COUNT_PAGE });
      for await (const page of keys.pages()) count += page.length;
      return count;
    });
  }

  async transact<T>(
    fn: (tx: KvTransaction) => Promise<T>,
    options: TransactOptions = {},
  ): Promise<T> {
    const { signal, causal = false } = options;
    const engine = {
      begin: () => this.#begin({ ...(signal && { signal }), causalConsistency: causal }),
      commit: (snapshot: TikvSnapshot, writes: Writes) => {
        if (this.#closing !== undefined) throw storeClosed(this.url);
        throwIfAborted(signal);
        return this.#tracked(commitWrites(this.url, snapshot, writes));
      },
    };
    return runTransaction(engine, fn, { ...this.#options, ...options });
  }

  async now(): Promise<number> {
    return timeOf(await this.#call((client) => client.currentTimestamp()));
  }

  async collectGarbage({ keepMs, expected, signal }: CollectOptions): Promise<Collection> {
    const options = signal === undefined ? {} : { signal };
    return this.#call(async (client) => {
      const current = await client.gcSafePoint(options);
      if (current !== (expected ?? 0n)) return { kind: "leftToOthers", safePoint: current };
      const now = await client.currentTimestamp(options);
      const wanted = now - (BigInt(Math.max(0, Math.floor(keepMs))) << 18n);
      if (wanted <= current) return { kind: "collected", safePoint: current };
      return { kind: "collected", safePoint: await client.gc(wanted, options) };
    });
  }

  /** Ends open transactions, and waits for commits already under way. */
  async close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#commits).then(() => this.#client.close());
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read<T>(read: (snapshot: TikvSnapshot) => Promise<T>): Promise<T> {
    return read(await this.#begin());
  }

  async #begin(options: TransactionOptions = {}): Promise<TikvSnapshot> {
    const transaction = await this.#call((client) => client.begin(options));
    return new TikvSnapshot(this.url, transaction);
  }

  async #call<T>(call: (client: TransactionClient) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw storeClosed(this.url);
    try {
      return await call(this.#client);
    } catch (error) {
      throw tikvFailure(this.url, error);
    }
  }

  async #tracked<T>(commit: Promise<T>): Promise<T> {
    this.#commits.add(commit);
    try {
      return await commit;
    } finally {
      this.#commits.delete(commit);
    }
  }
}
