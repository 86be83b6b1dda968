import { cancelOpenJobs } from "../queue/cancel-batch.js";
import { acquireLock, releaseLock, type Leadership } from "../queue/leader-lock.js";
import type { BatchIn } from "../records/batch-record.js";
import { batchUrl, stagingUrl } from "../worker/artifact-url.js";
import { dropArtifacts } from "./drop-artifacts.js";
import { dueBatches, readableBatch } from "./due-batches.js";
import { finalizeBatch } from "./finalize-batch.js";
import { endCleanup } from "./finalize-writes.js";
import type { FinalizerOptions } from "./finalizer-options.js";

const FINALIZER_LOCK = "finalizer";

/**
 * Turns sealed batches without open jobs into datasets. Of all finalizers of a store one leads, and
 * only while there is work. Whatever it dies at, the next leader starts that batch again in a
 * directory of its own; the fencing token keeps a late predecessor out of the batch's record.
 */
export class Finalizer {
  readonly #options: FinalizerOptions;

  constructor(options: FinalizerOptions) {
    this.#options = options;
  }

  /**
   * Works on every batch that is due; returns at once when none is or another leads.
   * @returns whether it brought any batch on
   */
  async round(stop: AbortSignal): Promise<boolean> {
    const { store, holder, leaseMs, logger } = this.#options;
    const ids = await dueBatches(store, () => store.now());
    if (ids.length === 0) return false;
    const leadership = await acquireLock(store, { name: FINALIZER_LOCK, holder, leaseMs });
    if (leadership === undefined) return false;
    let progress = false;
    try {
      for (const batchId of ids) {
        if (stop.aborted) break;
        try {
          if (await this.#work(leadership, batchId, stop)) progress = true;
        } catch (error) {
          // One batch must not keep the others waiting; it is still due, so it comes up again.
          logger.error("A batch could not be finalized", { batchId, error });
        }
      }
    } finally {
      await releaseLock(store, leadership);
    }
    return progress;
  }

  async #work(leadership: Leadership, batchId: string, stop: AbortSignal): Promise<boolean> {
    const batch = await readableBatch(this.#options.store, batchId);
    switch (batch?.status) {
      case "Sealed":
      case "Finalizing": {
        const after = await finalizeBatch(this.#options, leadership, batch, stop);
        if (after?.status === "Published" || after?.status === "Partial") {
          await this.#cleanUp(leadership, after);
        }
        return after !== undefined;
      }
      case "Published":
      case "Partial":
        await this.#cleanUp(leadership, batch);
        return true;
      case "Cancelled":
        await cancelOpenJobs(this.#options.store, batchId);
        await dropArtifacts(this.#options, leadership, batchId);
        return true;
      case "Submitting":
      case "Failed":
      case undefined:
        return false;
    }
  }

  /** A retry after publishing in part still needs the episodes; otherwise nothing is kept. */
  async #cleanUp({ token }: Leadership, batch: BatchIn<"Published" | "Partial">): Promise<void> {
    const { store, storage } = this.#options;
    const { id, output } = batch;
    if (batch.status === "Published") {
      await storage.removeTree(batchUrl(output, id));
    } else {
      // Never that of a later leader, which may be at work for the next generation.
      for (const staging of batch.stagings.filter((other) => other <= token)) {
        await storage.removeTree(stagingUrl(output, id, staging));
      }
    }
    await endCleanup(store, id);
  }
}
