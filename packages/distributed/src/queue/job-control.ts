import { DistributedError } from "../error.js";
import { JobKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import { isOpen, type JobIn, type JobRecord, type JobStatus } from "../records/job-record.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { writeAudit } from "./audit.js";
import { batchStateError, readBatch, sealed, writeBatch } from "./batch-writes.js";
import { deleteBatch } from "./delete-batch.js";
import { writeJob } from "./job-index.js";
import { cancelled, retried } from "./job-transitions.js";
import { takeOutput } from "./output-index.js";
import { readJob } from "./read-job.js";

/** Ends a pending or running job; a running attempt learns it by its next heartbeat. */
export async function cancelJob(store: KvStore, jobId: string, actor: string): Promise<JobRecord> {
  return store.transact(async (tx) => {
    const job = await readJob(tx, jobId);
    if (!isOpen(job)) throw jobStateError(job, "cancel", ["Pending", "Processing"]);
    // Needs no write of the batch: it only takes away from the batch's open jobs.
    const after = cancelled(job, tx.now);
    writeJob(tx, job, after);
    writeAudit(tx, { actor, action: "cancel", subject: { kind: "job", id: jobId }, jobs: 1 });
    return after;
  });
}

/**
 * Makes a job ready that failed, died or was cancelled. A batch published without it is opened
 * again for a new generation.
 */
export async function retryJob(store: KvStore, jobId: string, actor: string): Promise<JobRecord> {
  return store.transact(async (tx) => {
    const job = await readJob(tx, jobId);
    if (!isRetryable(job)) throw jobStateError(job, "retry", ["Failed", "Dead", "Cancelled"]);
    const after = retried(job, tx.now);
    writeJob(tx, job, after);
    // Adds to the batch's open jobs, so it excludes the finalizer by writing the batch.
    await reopenBatch(tx, job.batchId);
    writeAudit(tx, { actor, action: "retry", subject: { kind: "job", id: jobId }, jobs: 1 });
    return after;
  });
}

/** Forgets an ended job; its recording can be submitted again. */
export async function deleteJob(store: KvStore, jobId: string, actor: string): Promise<void> {
  await store.transact(async (tx) => {
    const job = await readJob(tx, jobId);
    if (isOpen(job)) {
      throw jobStateError(job, "delete", ["Completed", "Failed", "Dead", "Cancelled"]);
    }
    const batch = await readBatch(tx, job.batchId);
    if (batch.status === "Finalizing") throw batchStateError(batch, `delete job ${jobId}`);
    writeJob(tx, job, undefined);
    await deleteIdempotency(tx, job);
    const jobCount = batch.jobCount - 1;
    if (jobCount === 0 && batch.status !== "Submitting") await deleteBatch(tx, batch);
    else writeBatch(tx, withoutHold({ ...batch, jobCount }));
    writeAudit(tx, { actor, action: "delete", subject: { kind: "job", id: jobId }, jobs: 1 });
  });
}

export function isRetryable(job: JobRecord): job is JobIn<"Failed" | "Dead" | "Cancelled"> {
  return job.status === "Failed" || job.status === "Dead" || job.status === "Cancelled";
}

/**
 * Makes room for a job of the batch to become open again.
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE`
 */
export async function reopenBatch(tx: KvTransaction, batchId: string): Promise<void> {
  const batch = reopened(await readBatch(tx, batchId));
  await takeOutput(tx, batch);
  writeBatch(tx, batch);
}

function reopened(batch: BatchRecord): BatchRecord {
  switch (batch.status) {
    case "Submitting":
      return batch;
    case "Sealed":
    case "Failed":
      return { ...sealed(batch), allowPartial: false, finalizeFailures: 0 };
    case "Partial":
      return {
        ...sealed(batch),
        allowPartial: false,
        finalizeFailures: 0,
        generation: batch.generation + 1,
      };
    case "Cancelled":
      if (!batch.incomplete && !batch.cleanup) return { ...sealed(batch), allowPartial: false };
      throw batchStateError(
        batch,
        "retry its jobs",
        batch.incomplete ? "It was never submitted in full; submit with --force." : undefined,
      );
    case "Finalizing":
    case "Published":
      throw batchStateError(batch, "retry its jobs");
  }
}

/** A job that held the batch may be the one that is gone. */
function withoutHold(batch: BatchRecord): BatchRecord {
  return batch.status === "Sealed" ? { ...batch, hold: null } : batch;
}

async function deleteIdempotency(tx: KvTransaction, job: JobRecord): Promise<void> {
  const key = JobKeys.idem(job.idempotencyKey);
  const value = await tx.get(key);
  // A forced submission may have put its own job there.
  if (value !== undefined && new TextDecoder().decode(value) === job.id) tx.delete(key);
}

function jobStateError(
  job: JobRecord,
  wish: string,
  allowed: readonly JobStatus[],
): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_JOB_STATE",
    `Can't ${wish} job ${job.id}: it is ${job.status}, not ${allowed.join(" or ")}`,
  );
}
