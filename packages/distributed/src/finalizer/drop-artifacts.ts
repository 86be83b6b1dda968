import { readBatch, writeBatch } from "../queue/batch-writes.js";
import { requireLeadership, type Leadership } from "../queue/leader-lock.js";
import type { KvStore } from "../store/kv-store.js";
import { storeId } from "../store/store-id.js";
import { batchUrl } from "../worker/artifact-url.js";
import type { FinalizerOptions } from "./finalizer-options.js";

/**
 * Removes what a cancelled batch has converted, and frees its output. Between the two transactions nothing can take the
 * batch up again, so no artifact of a later attempt is among what is removed.
 */
export async function dropArtifacts(
  { store, storage, releaseOutput }: Pick<FinalizerOptions, "store" | "storage" | "releaseOutput">,
  leadership: Leadership,
  batchId: string,
): Promise<void> {
  const outputUrl = await beginRemoval(store, leadership, batchId);
  if (outputUrl === undefined) return;
  await storage.removeTree(batchUrl(outputUrl, batchId));
  const owner = { storeUrl: store.url, storeId: await storeId(store), batchId };
  await releaseOutput?.({ outputUrl, ...owner }, {});
  await store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId);
    if (batch.status !== "Cancelled" || batch.artifacts !== "removing") return;
    writeBatch(tx, { ...batch, artifacts: "removed" });
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
    const batch = await readBatch(tx, batchId);
    if (batch.status !== "Cancelled" || batch.cleanup) return undefined;
    if (batch.artifacts !== "unwanted" && batch.artifacts !== "removing") return undefined;
    writeBatch(tx, { ...batch, artifacts: "removing" });
    return batch.output;
  });
}
