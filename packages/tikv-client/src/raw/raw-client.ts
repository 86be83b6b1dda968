import { commands, type RegionReply } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import { openCluster, type OpenCluster } from "../cluster/open-cluster.js";
import { TikvError, UndeterminedError } from "../error.js";
import type { ClientOptions } from "../options.js";
import { physicalRange, type KeyLike } from "../limits.js";
import { rawKey, rawValue, ttlOf } from "./arguments.js";
import { sendBatches } from "./batches.js";
import { checkScan, isSpan, lower, scanRaw, type RawPair, type RawScanOptions } from "./scan.js";

/** As client-go's `rawkvMaxBackoff`. */
const BUDGET_MS = 20_000;
/** What a pair costs beyond its bytes is left out, as client-go does. */
const NONE = new Uint8Array(0);

export interface RawClientOptions extends ClientOptions {
  /** Default `default`. */
  readonly columnFamily?: string;
  /**
   * Writes are ordered with `compareAndSwap` of other clients, at the cost of a latch each. All
   * clients of a key must agree on it. Default false.
   */
  readonly atomic?: boolean;
}

export interface RawCallOptions {
  readonly signal?: AbortSignal;
}

export interface RawPutOptions extends RawCallOptions {
  /** Seconds until it is gone; needs API v1ttl or v2. Default: it stays. */
  readonly ttlSeconds?: number;
}

export interface CompareAndSwap extends RawPutOptions {
  /** What must be there; undefined: nothing. */
  readonly expected: KeyLike | undefined;
  readonly value: KeyLike;
}

export interface Swapped {
  readonly swapped: boolean;
  /** What was there before; undefined: nothing. */
  readonly previous: Uint8Array | undefined;
}

/**
 * Keys and values without transactions. Strings are taken as UTF-8. Every method throws TikvError
 * `ERR_ROBOFLOW_TIKV_UNAVAILABLE`, `_PD_UNAVAILABLE`, `_ABORTED`, `_CLOSED`, and for what it is
 * given `_KEY`, `_VALUE`, `_ARGUMENT`.
 */
export class RawClient implements AsyncDisposable {
  readonly #cluster: OpenCluster;
  readonly #cf: string;
  readonly #atomic: boolean;

  private constructor(cluster: OpenCluster, columnFamily: string, atomic: boolean) {
    this.#cluster = cluster;
    this.#cf = columnFamily;
    this.#atomic = atomic;
  }

  /** @throws TikvError as `openCluster` */
  static async connect(options: RawClientOptions): Promise<RawClient> {
    const cluster = await openCluster(options, "raw");
    return new RawClient(cluster, options.columnFamily ?? "", options.atomic ?? false);
  }

  async get(key: KeyLike, options: RawCallOptions = {}): Promise<Uint8Array | undefined> {
    const physical = rawKey(this.#cluster.codec, key);
    const request = { key: physical, cf: this.#cf };
    const reply = await this.#cluster.sendToKey(
      this.#backoff(options),
      physical,
      commands.rawGet,
      request,
    );
    this.#check(reply, key);
    return reply.notFound ? undefined : reply.value;
  }

  async put(key: KeyLike, value: KeyLike, options: RawPutOptions = {}): Promise<void> {
    const { codec } = this.#cluster;
    const physical = rawKey(codec, key);
    const request = {
      key: physical,
      value: rawValue(physical, value),
      ttl: ttlOf(codec, options.ttlSeconds),
      cf: this.#cf,
      forCas: this.#atomic,
    };
    const backoff = this.#backoff(options);
    this.#check(await this.#cluster.sendToKey(backoff, physical, commands.rawPut, request), key);
  }

  /** Also succeeds when there is no such key. */
  async delete(key: KeyLike, options: RawCallOptions = {}): Promise<void> {
    const physical = rawKey(this.#cluster.codec, key);
    const request = { key: physical, cf: this.#cf, forCas: this.#atomic };
    const backoff = this.#backoff(options);
    this.#check(await this.#cluster.sendToKey(backoff, physical, commands.rawDelete, request), key);
  }

  /** Values in the order of `keys`: views of the replies' bytes, so copy what is kept for long. */
  async batchGet(
    keys: readonly KeyLike[],
    options: RawCallOptions = {},
  ): Promise<(Uint8Array | undefined)[]> {
    const physical = keys.map((key) => rawKey(this.#cluster.codec, key));
    const found = new Map<string, Uint8Array>();
    const cf = this.#cf;
    await sendBatches(
      this.#cluster,
      this.#backoff(options),
      physical,
      () => 0,
      async (backoff, { region, indexes }) =>
        await this.#cluster.send(backoff, region, commands.rawBatchGet, {
          keys: indexes.map((index) => physical[index] ?? NONE),
          cf,
        }),
      (_batch, { pairs }) => {
        for (let i = 0; i < pairs.length; i++) found.set(latin1(pairs.key(i)), pairs.value(i));
      },
    );
    return physical.map((key) => found.get(latin1(key)));
  }

  /** Not atomic: when it fails, any of the entries may have been written. */
  async batchPut(
    entries: Iterable<readonly [key: KeyLike, value: KeyLike]>,
    options: RawPutOptions = {},
  ): Promise<void> {
    const { codec } = this.#cluster;
    const ttl = ttlOf(codec, options.ttlSeconds);
    const pairs = Array.from(entries, ([key, value]) => {
      const physical = rawKey(codec, key);
      return { key: physical, value: rawValue(physical, value) };
    });
    const request = { ttl, ttls: ttl === 0n ? [] : [ttl], cf: this.#cf, forCas: this.#atomic };
    await sendBatches(
      this.#cluster,
      this.#backoff(options),
      pairs.map(({ key }) => key),
      (index) => (pairs[index]?.key.length ?? 0) + (pairs[index]?.value.length ?? 0),
      async (backoff, { region, indexes }, isRetry) =>
        await this.#cluster.send(
          backoff,
          region,
          commands.rawBatchPut,
          { ...request, pairs: indexes.flatMap((index) => pairs[index] ?? []) },
          { isRetry },
        ),
      (_batch, reply) => this.#check(reply),
    );
  }

  /** Not atomic: when it fails, any of the keys may be gone. */
  async batchDelete(keys: readonly KeyLike[], options: RawCallOptions = {}): Promise<void> {
    const physical = keys.map((key) => rawKey(this.#cluster.codec, key));
    const request = { cf: this.#cf, forCas: this.#atomic };
    await sendBatches(
      this.#cluster,
      this.#backoff(options),
      physical,
      () => 0,
      async (backoff, { region, indexes }, isRetry) =>
        await this.#cluster.send(
          backoff,
          region,
          commands.rawBatchDelete,
          { ...request, keys: indexes.map((index) => physical[index] ?? NONE) },
          { isRetry },
        ),
      (_batch, reply) => this.#check(reply),
    );
  }

  /**
   * Pairs in order, fetched page by page as they are read. There is no snapshot: each page is as of
   * its own time.
   */
  scan(options: RawScanOptions = {}): AsyncIterableIterator<RawPair> {
    checkScan(options);
    return scanRaw(this.#cluster, this.#cf, options);
  }

  /** From `start` up to `end`, not included. Not atomic beyond one region. */
  async deleteRange(start: KeyLike, end: KeyLike, options: RawCallOptions = {}): Promise<void> {
    const range = physicalRange(this.#cluster.codec, { start, end });
    const backoff = this.#backoff(options);
    let from = range.start;
    while (isSpan(from, range.end)) {
      const region = await this.#cluster.locate(backoff, from);
      const to = lower(range.end, region.end);
      const request = { startKey: from, endKey: to, cf: this.#cf };
      const sent = await this.#cluster.send(backoff, region, commands.rawDeleteRange, request);
      if (sent.kind === "stale") continue;
      this.#check(sent.reply);
      if (to.length === 0) return;
      from = to;
    }
  }

  /**
   * Writes `value` if `expected` is there.
   * @throws UndeterminedError when an answer was lost and it can't be told any more who swapped
   */
  async compareAndSwap(key: KeyLike, swap: CompareAndSwap): Promise<Swapped> {
    const { codec } = this.#cluster;
    const physical = rawKey(codec, key);
    const { expected } = swap;
    const request = {
      key: physical,
      value: rawValue(physical, swap.value),
      previousNotExist: expected === undefined,
      previousValue: expected === undefined ? NONE : rawValue(physical, expected),
      ttl: ttlOf(codec, swap.ttlSeconds),
      cf: this.#cf,
    };
    let lost = false;
    const backoff = this.#backoff(swap);
    const onLostAnswer = (): void => {
      lost = true;
    };
    const command = commands.rawCompareAndSwap;
    let reply;
    try {
      reply = await this.#cluster.sendToKey(backoff, physical, command, request, { onLostAnswer });
    } catch (cause) {
      if (lost) throw undetermined(key, cause);
      throw cause;
    }
    this.#check(reply, key);
    // Perhaps the first try swapped, and what it wrote is what this one met.
    if (!reply.succeed && lost) throw undetermined(key, undefined);
    return {
      swapped: reply.succeed,
      previous: reply.previousNotExist ? undefined : reply.previousValue,
    };
  }

  /** Seconds that the key has left: 0, it stays; undefined, there is no such key. */
  async getTtl(key: KeyLike, options: RawCallOptions = {}): Promise<number | undefined> {
    const physical = rawKey(this.#cluster.codec, key);
    const request = { key: physical, cf: this.#cf };
    const command = commands.rawGetKeyTtl;
    const backoff = this.#backoff(options);
    const reply = await this.#cluster.sendToKey(backoff, physical, command, request);
    this.#check(reply, key);
    return reply.notFound ? undefined : Number(reply.ttl);
  }

  /** Fails what is under way, and leaves no handle open. */
  async close(): Promise<void> {
    await this.#cluster.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #backoff(options: RawCallOptions): Backoff {
    return this.#cluster.backoff(BUDGET_MS, options.signal);
  }

  /** The store's own words are all that it tells. */
  #check(reply: RegionReply & { readonly error?: string }, key?: KeyLike): void {
    const { error } = reply;
    if (error === undefined || error === "") return;
    const more = key === undefined ? {} : { key: typeof key === "string" ? Buffer.from(key) : key };
    throw new TikvError("ERR_ROBOFLOW_TIKV_UNSUPPORTED", `The store refuses: ${error}`, more);
  }
}

function undetermined(key: KeyLike, cause: unknown): UndeterminedError {
  return new UndeterminedError(
    "The answer to a compare-and-swap was lost: this client or another may have swapped",
    {
      cause,
      key: typeof key === "string" ? Buffer.from(key) : key,
      hint: "Read the key before trying again",
    },
  );
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
