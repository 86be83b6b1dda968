import type { TransactionEnvironment } from "../environment.js";
import type { PessimisticLocks } from "../pessimistic/pessimistic-locks.js";
import type { WriteBuffer } from "../write-buffer.js";
import { MergedScan } from "./merged-scan.js";
import type { PageSource } from "./page.js";
import { Reader } from "./reader.js";
import { Scanner, type ScanShape } from "./scanner.js";

/** What a transaction reads, by physical key: its own writes over the snapshot at its start. */
export class OwnReads {
  readonly #environment: TransactionEnvironment;
  readonly #buffer: WriteBuffer;
  readonly #locks: PessimisticLocks | undefined;
  readonly #atStart: Reader;
  /** For keys whose locks are newer than the start, by the time of those. */
  readonly #atLocks = new Map<bigint, Reader>();

  constructor(
    environment: TransactionEnvironment,
    startTs: bigint,
    buffer: WriteBuffer,
    locks: PessimisticLocks | undefined,
  ) {
    this.#environment = environment;
    this.#buffer = buffer;
    this.#locks = locks;
    this.#atStart = new Reader(environment, startTs);
  }

  get(key: Uint8Array, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    const own = this.#buffer.read(key);
    if (own.kind === "unknown") return this.#readerOf(key).get(key, signal);
    return Promise.resolve(own.kind === "value" ? own.value : undefined);
  }

  async batchGet(
    keys: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<(Uint8Array | undefined)[]> {
    if (this.#buffer.size === 0 && this.#locks === undefined) {
      return this.#atStart.batchGet(keys, signal);
    }
    const values = Array.from<Uint8Array | undefined>({ length: keys.length });
    const asked = new Map<Reader, number[]>();
    for (const [index, key] of keys.entries()) {
      const own = this.#buffer.read(key);
      if (own.kind === "value") values[index] = own.value;
      if (own.kind !== "unknown") continue;
      const reader = this.#readerOf(key);
      const list = asked.get(reader);
      if (list === undefined) asked.set(reader, [index]);
      else list.push(index);
    }
    await Promise.all(
      [...asked].map(async ([reader, indexes]) => {
        const part = indexes.flatMap((index) => keys[index] ?? []);
        const found = await reader.batchGet(part, signal);
        for (const [at, index] of indexes.entries()) values[index] = found[at];
      }),
    );
    return values;
  }

  /** With the writes that are there now, and none of later. */
  scan(shape: ScanShape): PageSource {
    const own = this.#buffer.snapshot();
    if (own === undefined) return new Scanner(this.#atStart, shape);
    const pageSize = Math.min(shape.pageSize, shape.limit + own.size);
    // Own deletes take entries out of what the store has.
    const limit = shape.limit === 0 ? 0 : Number.POSITIVE_INFINITY;
    const store = new Scanner(this.#atStart, { ...shape, pageSize, limit });
    return new MergedScan(store, own, shape);
  }

  #readerOf(key: Uint8Array): Reader {
    const held = this.#locks?.get(key);
    if (held === undefined || held.forUpdateTs === this.#atStart.version) return this.#atStart;
    let reader = this.#atLocks.get(held.forUpdateTs);
    if (reader === undefined) {
      reader = new Reader(this.#environment, held.forUpdateTs);
      this.#atLocks.set(held.forUpdateTs, reader);
    }
    return reader;
  }
}
