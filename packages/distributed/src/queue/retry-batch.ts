import { keyAfter, keyId, prefixRange, type KeyRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { writeAudit } from "./audit.js";
import { batchStateError, readBatch, sealed, writeBatch } from "./batch-writes.js";
import { isRetryable, reopenBatch } from "./job-control.js";
import { writeJob } from "./job-index.js";
import { retried } from "./job-transitions.js";
import { findJobs } from "./read-job.js";

const JOBS_PER_TRANSACTION = 100;

/**
 * Retries every job of the batch that failed, died or was cancelled, and a failed finalization.
 * @returns how many jobs are ready again
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE`
 */
export async function retryBatch(store: KvStore, batchId: string, actor: string): Promise<number> {
  await store.transact((tx) => reopenBatch(tx, batchId));
  const { end, start } = prefixRange(BatchKeys.members(batchId));
  let retriedJobs = 0;
  for (let next: Uint8Array | undefined = start; next !== undefined;) {
    const from: Uint8Array = next;
    const page: RetriedPage = await store.transact((tx) =>
      retryPage(tx, batchId, { start: from, end }),
    );
    retriedJobs += page.retried;
    next = page.next;
  }
  await store.transact(async (tx) => {
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "retry", subject, jobs: retriedJobs });
  });
  return retriedJobs;
}

interface RetriedPage {
  readonly retried: number;
  /** Where the next page starts; undefined on the last. */
  readonly next: Uint8Array | undefined;
}

async function retryPage(
  tx: KvTransaction,
  batchId: string,
  range: KeyRange,
): Promise<RetriedPage> {
  const ids: string[] = [];
  let last: Uint8Array | undefined;
  for await (const { key } of tx.scan({ ...range, limit: JOBS_PER_TRANSACTION })) {
    ids.push(keyId(key));
    last = key;
  }
  const jobs = (await findJobs(tx, ids)).filter((job) => job !== undefined).filter(isRetryable);
  for (const job of jobs) writeJob(tx, job, retried(job, tx.now));
  if (jobs.length > 0) await reopenBatch(tx, batchId);
  const full = ids.length === JOBS_PER_TRANSACTION;
  const next = full && last !== undefined ? keyAfter(last) : undefined;
  return { retried: jobs.length, next };
}

/**
 * Lets the finalizer have a batch that waits for a decision or has failed.
 * @param allowPartial publish without the jobs that failed, died or were cancelled
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE`
 */
export async function releaseBatch(
  store: KvStore,
  batchId: string,
  { allowPartial, actor }: { readonly allowPartial: boolean; readonly actor: string },
): Promise<BatchRecord> {
  return store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId);
    if (batch.status !== "Sealed" && batch.status !== "Failed") {
      throw batchStateError(
        batch,
        "finalize it",
        batch.status === "Submitting"
          ? "If its submit broke off, run the same submit again."
          : undefined,
      );
    }
    if (batch.status === "Sealed" && batch.hold !== null && !allowPartial) {
      throw batchStateError(
        batch,
        "finalize it",
        "Retry them, or finalize with allowPartial (--allow-partial) to leave them out.",
      );
    }
    const after: BatchRecord = { ...sealed(batch), allowPartial, finalizeFailures: 0 };
    writeBatch(tx, after);
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "finalize", subject, jobs: batch.jobCount });
    return after;
  });
}
