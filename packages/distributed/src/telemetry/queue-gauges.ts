import type { Gauge } from "prom-client";
import type { Backlog } from "../queue/backlog.js";
import type { JobCounts } from "../queue/list-jobs.js";

/** What of a queue is measured: a `JobQueue`. */
export interface MeasuredQueue {
  /** Jobs by status. */
  stats(): Promise<JobCounts>;
  backlog(): Promise<Backlog>;
}

/** However often a metrics server asks, the store is asked once in so many milliseconds. */
const FRESH_MS = 15_000;

/** A scrape waits so long for the store, milliseconds; then it gives what was known before. */
const PATIENCE_MS = 3_000;

/** Not if that is older: an autoscaler would act on counts of long ago, as on a backlog of 0. */
const STALE_MS = 60_000;

/** Counts of a queue as gauges. While the store is away they have no values, rather than old ones. */
export class QueueGauges {
  readonly #queue: MeasuredQueue;
  readonly #jobs: Gauge<"status">;
  readonly #backlog: Gauge<"state">;
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(queue: MeasuredQueue, jobs: Gauge<"status">, backlog: Gauge<"state">) {
    this.#queue = queue;
    this.#jobs = jobs;
    this.#backlog = backlog;
  }

  async refresh(): Promise<void> {
    if (performance.now() - this.#readAt < FRESH_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await Promise.race([this.#reading, patience()]);
    if (performance.now() - this.#readAt > STALE_MS) this.#forget();
  }

  #forget(): void {
    this.#jobs.reset();
    this.#backlog.reset();
  }

  async #read(): Promise<void> {
    try {
      const [jobs, backlog] = await Promise.all([this.#queue.stats(), this.#queue.backlog()]);
      for (const [status, count] of Object.entries(jobs)) this.#jobs.set({ status }, count);
      for (const [state, count] of Object.entries(backlog)) this.#backlog.set({ state }, count);
      this.#readAt = performance.now();
    } catch {
      // The worker's own gauge tells that the store is away.
      this.#forget();
    }
  }
}

function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS).unref();
  });
}
