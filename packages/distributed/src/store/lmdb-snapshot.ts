import type { GetOptions, Transaction } from "lmdb";
import type { DistributedError } from "../error.js";
import type { KvPair } from "./kv-store.js";
import type { LmdbEnvironment } from "./lmdb-environment.js";
import { lmdbUnavailable } from "./lmdb-error.js";
import { isEmptyRange, lmdbRange, rangeAfter, rangeOptions, type LmdbRange } from "./lmdb-range.js";
import { decodeState, STATE_KEY, type StoreState } from "./store-state.js";
import type { ScanRange, Snapshot } from "./transaction.js";

/** A scan reads so much at a time, and keeps no cursor open while its caller works on a page. */
const PAGE_PAIRS = 256;
/**
 * Its first page: few, as many want the first pair only; up to `MOST_FIRST_PAIRS` where a limit tells
 * how many are wanted. Each is so many times larger than the last.
 */
const FIRST_PAIRS = 4;
const MOST_FIRST_PAIRS = 32;
const PAGE_GROWTH = 8;
const PAGE_BYTES = 1 << 20;

/**
 * One committed state, held by an LMDB read transaction. While it is held LMDB reuses no page
 * freed since, so the file grows: `end` lets it go whatever its owner still wants.
 */
export class LmdbSnapshot implements Snapshot {
  readonly state: StoreState;
  readonly now: number;
  readonly #environment: LmdbEnvironment;
  readonly #releaseHooks: (() => void)[] = [];
  #transaction: Transaction | undefined;
  #ended: DistributedError | undefined;

  constructor(environment: LmdbEnvironment, timeFrom: (stored: number) => number) {
    this.#environment = environment;
    // The shared read transaction may be older than what another process has just committed.
    environment.root.resetReadTxn();
    this.#transaction = environment.root.useReadTransaction();
    try {
      this.state = decodeState(environment.meta.get(STATE_KEY, this.#reading()));
    } catch (error) {
      this.#transaction.done();
      throw error;
    }
    this.now = timeFrom(this.state.time);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const reading = this.#reading();
    try {
      return this.#environment.data.get(key, reading);
    } catch (error) {
      throw lmdbUnavailable(this.#environment.path, error);
    }
  }

  *scan(range: ScanRange): Generator<KvPair> {
    let left: LmdbRange | undefined = lmdbRange(range);
    const first = Math.min(range.limit ?? FIRST_PAIRS, MOST_FIRST_PAIRS);
    for (let most = first; left !== undefined && !isEmptyRange(left); most *= PAGE_GROWTH) {
      const page: Page = this.readPage(left, most);
      yield* page.pairs;
      left = page.left;
    }
  }

  /** Keys of the range, `limit` at most; no value is read. */
  count(range: LmdbRange, limit: number): number {
    const options = { ...rangeOptions(range), ...this.#reading() };
    const { data } = this.#environment;
    try {
      // Counting natively knows no limit.
      if (!Number.isFinite(limit)) return data.getKeysCount(options);
      let count = 0;
      for (const _ of data.getKeys({ ...options, limit })) count += 1;
      return count;
    } catch (error) {
      throw lmdbUnavailable(this.#environment.path, error);
    }
  }

  /** At most `limit` pairs, and a few where more would be slow. */
  readPage(range: LmdbRange, limit = Number.POSITIVE_INFINITY): Page {
    const most = Math.min(limit, PAGE_PAIRS);
    const options = { ...rangeOptions(range), ...this.#reading() };
    const pairs: KvPair[] = [];
    let bytes = 0;
    try {
      for (const { key, value } of this.#environment.data.getRange(options)) {
        pairs.push({ key, value });
        bytes += value.length;
        if (pairs.length < most && bytes < PAGE_BYTES) continue;
        return { pairs, left: rangeAfter(range, key) };
      }
    } catch (error) {
      throw lmdbUnavailable(this.#environment.path, error);
    }
    return { pairs, left: undefined };
  }

  /** Has `hook` called when the state is let go. */
  onRelease(hook: () => void): void {
    this.#releaseHooks.push(hook);
  }

  /** Throws what `end` was given. */
  checkLive(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Lets the state go; later reads throw `reason`. */
  end(reason: DistributedError): void {
    this.#ended ??= reason;
    this.release();
  }

  release(): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    transaction.done();
    for (const hook of this.#releaseHooks) hook();
  }

  #reading(): GetOptions {
    this.checkLive();
    // Without a transaction LMDB would read the latest state.
    if (this.#transaction === undefined) throw new TypeError("The snapshot has been released");
    return { transaction: this.#transaction };
  }
}

export interface Page {
  readonly pairs: readonly KvPair[];
  /** What the next page reads; undefined after the last. */
  readonly left: LmdbRange | undefined;
}
