import type { BatchRecord } from "../records/batch-record.js";
import type { KvStore } from "../store/kv-store.js";
import { writeAudit } from "./audit.js";
import { batchStateError, readBatch, sealed, writeBatch } from "./batch-writes.js";
import { startBatch } from "./open-batch.js";
import type { BatchSpec } from "./submit-request.js";

/** An empty batch that several submitters add to, until `sealBatch`. */
export async function openBatch(store: KvStore, spec: BatchSpec, id: string): Promise<BatchRecord> {
  return store.transact(async (tx) => {
    const batch = await startBatch(tx, spec, id);
    writeBatch(tx, batch);
    return batch;
  });
}

/**
 * Ends the submitting; if some submitters are still at it, when the last of them is done.
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE` if it has no jobs or is closed
 */
export async function sealBatch(
  store: KvStore,
  batchId: string,
  actor: string,
): Promise<BatchRecord> {
  return store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId, store.url);
    if (batch.status === "Sealed") return batch;
    if (batch.status !== "Submitting") throw batchStateError(batch, "seal it");
    if (batch.jobCount === 0) throw batchStateError(batch, "seal it without any job");
    const after: BatchRecord =
      batch.submissions.length === 0 ? sealed(batch) : { ...batch, sealRequested: true };
    writeBatch(tx, after);
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "seal", subject, jobs: batch.jobCount });
    return after;
  });
}
