import type { Cluster } from "../cluster.js";
import { abortable } from "../backoff/shared-work.js";
import { TikvError } from "../error.js";
import { MAX_TIMESTAMP } from "./timestamps.js";

/** client-go's: how often it is read again, and for how long an old one may be relied on, ms. */
const REFRESH_MS = 10_000;
const VALID_MS = 100_000;
const BUDGET_MS = 15_000;

/** The time up to which old versions may have been collected, as PD said not long ago. */
export class SafePoint {
  readonly #cluster: Cluster;
  #value = 0n;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * Undefined on the usual path: a read at `version` sees what it should. Otherwise a promise that
   * must be waited for first.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_SAFE_POINT`, also through the promise
   */
  check(version: bigint, signal?: AbortSignal): Promise<void> | undefined {
    // The newest version is never collected.
    if (version === MAX_TIMESTAMP) return undefined;
    const age = performance.now() - this.#readAt;
    if (age > VALID_MS) return this.checkFresh(version, signal);
    if (age > REFRESH_MS) void this.#read().catch(() => {});
    this.#compare(version);
    return undefined;
  }

  /** As `check`, with a value read after the call. */
  async checkFresh(version: bigint, signal?: AbortSignal): Promise<void> {
    await abortable(this.#read(), signal);
    this.#compare(version);
  }

  /** Taken note of when this client itself moves it. */
  raise(value: bigint): void {
    if (value > this.#value) this.#value = value;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    this.raise(await this.#cluster.pd.gcSafePoint(this.#cluster.backoff(BUDGET_MS)));
    this.#readAt = performance.now();
  }

  #compare(version: bigint): void {
    if (version >= this.#value) return;
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_SAFE_POINT",
      `The snapshot at ${version} is older than the garbage collection safe point ${this.#value}`,
      { hint: "Begin anew; hold what is read for long with setServiceSafePoint" },
    );
  }
}
