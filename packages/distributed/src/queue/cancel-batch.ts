import { keyId, prefixRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import { isOpen } from "../records/job-record.js";
import type { KvStore } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { writeAudit } from "./audit.js";
import { authorize, type Operator } from "./authorize.js";
import { batchCommon, batchStateError, readBatch, writeBatch } from "./batch-writes.js";
import { cancelled } from "./job-transitions.js";
import { freeOutput } from "./output-index.js";
import { findJobs } from "./read-job.js";

const JOBS_PER_TRANSACTION = 100;

/**
 * Cancels a batch of which nothing is visible to others yet, and its open jobs; its output is free
 * at once. If this process dies in between, the finalizer cancels the rest. It also removes what
 * the jobs have converted, so that a later retry converts all of them again.
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE` once its publishing began,
 * `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function cancelBatch(
  store: KvStore,
  batchId: string,
  operator: Operator,
): Promise<BatchRecord> {
  const { actor } = operator;
  await store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId, store.url);
    authorize("cancel", { ...operator, owner: batch.submittedBy });
    if (batch.status === "Cancelled") return;
    const publishing = batch.status === "Finalizing" && batch.phase === "publishing";
    if (batch.publishingBegan === true && !publishing) {
      throw batchStateError(
        batch,
        "cancel it after its publishing began",
        "Parts of its dataset may be in their place already: finalize it again, or retry it.",
      );
    }
    if (publishing || batch.status === "Published" || batch.status === "Partial") {
      throw batchStateError(batch, "cancel it");
    }
    await freeOutput(tx, batch);
    writeBatch(tx, {
      ...batchCommon(batch),
      status: "Cancelled",
      finishedAt: tx.now,
      cleanup: true,
      incomplete: batch.status === "Submitting",
      artifacts: "unwanted",
    });
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "cancel", subject, jobs: batch.jobCount });
  });
  await cancelOpenJobs(store, batchId);
  return readBatch(store, batchId);
}

/** Cancels what is still open in a cancelled batch; safe to run at the same time elsewhere. */
export async function cancelOpenJobs(store: KvStore, batchId: string): Promise<void> {
  for (let more = true; more;) {
    more = await store.transact(async (tx) => {
      const batch = await readBatch(tx, batchId);
      if (batch.status !== "Cancelled" || !batch.cleanup) return false;
      const ids: string[] = [];
      const range = prefixRange(BatchKeys.opens(batchId));
      for await (const { key } of tx.scan({ ...range, limit: JOBS_PER_TRANSACTION })) {
        ids.push(keyId(key));
      }
      const admission = new Admission(tx, { refill: false });
      for (const job of await findJobs(tx, ids)) {
        if (job && isOpen(job)) await admission.change(job, cancelled(job, tx.now));
      }
      // Whatever adds an open job writes the batch, so the empty range stays empty.
      if (ids.length === 0) writeBatch(tx, { ...batch, cleanup: false });
      return ids.length > 0;
    });
  }
}
