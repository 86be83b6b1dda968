import { RoboflowError } from "@roboflow/core";
import { findBatch, writeBatch } from "../queue/batch-writes.js";
import { requireLeadership, type Leadership } from "../queue/leader-lock.js";
import type { BatchIn, BatchRecord } from "../records/batch-record.js";
import type { KvStore } from "../store/kv-store.js";
import { storeId } from "../store/store-id.js";
import { batchUrl } from "../worker/artifact-url.js";
import type { FinalizerOptions } from "./finalizer-options.js";
import { watchLeadership } from "./watch-leadership.js";

export type DropOptions = Pick<
  FinalizerOptions,
  "store" | "storage" | "releaseOutput" | "renewMs" | "logger"
>;

/**
 * Removes what a cancelled batch has converted, and frees its output. Between the two transactions
 * nothing can take the batch up again, so no artifact of a later attempt is among what is removed.
 * What can't be removed for good is told and left.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if another leads by now
 */
export async function dropArtifacts(
  options: DropOptions,
  leadership: Leadership,
  batchId: string,
): Promise<void> {
  const { store, storage, releaseOutput, renewMs, logger } = options;
  const outputUrl = await beginRemoval(store, leadership, batchId);
  if (outputUrl === undefined) return;
  const watch = { store, leadership, batchId, renewMs, logger, stands: isRemoving };
  await watchLeadership(watch, async (signal) => {
    try {
      await storage.removeTree(batchUrl(outputUrl, batchId), { signal });
      const owner = { storeUrl: store.url, storeId: await storeId(store), batchId };
      await releaseOutput?.({ outputUrl, ...owner }, { signal });
    } catch (error) {
      if (signal.aborted || !isPermanent(error)) throw error;
      // Such as a bucket that never was: trying for ever would help nobody.
      const url = batchUrl(outputUrl, batchId);
      logger.error("What a cancelled batch converted can't be removed: do it by hand", {
        batchId,
        url,
        error,
      });
    }
  });
  await store.transact(async (tx) => {
    await requireLeadership(tx, leadership);
    const batch = await findBatch(tx, batchId);
    if (isRemoving(batch)) writeBatch(tx, { ...batch, artifacts: "removed" });
  });
}

/** @returns the output; undefined if nothing is to be removed, or the batch was taken up again */
async function beginRemoval(
  store: KvStore,
  leadership: Leadership,
  batchId: string,
): Promise<string | undefined> {
  return store.transact(async (tx) => {
    await requireLeadership(tx, leadership);
    const batch = await findBatch(tx, batchId);
    if (batch?.status !== "Cancelled" || batch.cleanup) return undefined;
    if (batch.artifacts !== "unwanted" && batch.artifacts !== "removing") return undefined;
    writeBatch(tx, { ...batch, artifacts: "removing" });
    return batch.output;
  });
}

function isPermanent(error: unknown): boolean {
  return error instanceof RoboflowError && error.permanence === "permanent";
}

function isRemoving(batch: BatchRecord | undefined): batch is BatchIn<"Cancelled"> {
  return batch?.status === "Cancelled" && batch.artifacts === "removing";
}
