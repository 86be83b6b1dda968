import type { TransactionEnvironment } from "./environment.js";
import { physicalKey, type KeyLike } from "../limits.js";
import { Reader } from "./read/reader.js";
import { Scan, scanShape, type ScanOptions } from "./read/scan.js";
import { Scanner } from "./read/scanner.js";

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** What was committed at a timestamp: the same for as long as it is read. Holds nothing at the stores. */
export class Snapshot {
  /** The timestamp: physical ms << 18 | logical. */
  readonly ts: bigint;
  readonly #reader: Reader;
  readonly #signal: AbortSignal | undefined;

  /** Made by `TransactionClient.snapshot`. */
  constructor(environment: TransactionEnvironment, ts: bigint, signal: AbortSignal | undefined) {
    this.ts = ts;
    this.#reader = new Reader(environment, ts);
    this.#signal = signal;
  }

  /**
   * Undefined: no such key. The value is a view of the reply, which it keeps alive.
   * @throws TikvError
   */
  get(key: KeyLike, { signal = this.#signal }: ReadOptions = {}): Promise<Uint8Array | undefined> {
    // Not async: that would be one promise more for each read.
    try {
      return this.#reader.get(physicalKey(this.#reader.cluster.codec, key), signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Values in the order of `keys`; undefined where there is none. Regions are asked at once. */
  async batchGet(
    keys: readonly KeyLike[],
    { signal = this.#signal }: ReadOptions = {},
  ): Promise<(Uint8Array | undefined)[]> {
    const { codec } = this.#reader.cluster;
    return this.#reader.batchGet(
      keys.map((key) => physicalKey(codec, key)),
      signal,
    );
  }

  /**
   * Entries in order of keys, read page by page as they are wanted.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT`
   */
  scan(options: ScanOptions = {}): Scan {
    const { codec } = this.#reader.cluster;
    const shape = scanShape(codec, options, this.#signal);
    return new Scan(codec, () => new Scanner(this.#reader, shape));
  }
}
