import { DistributedError } from "../error.js";
import { JobKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import { isOpen, type JobIn, type JobRecord, type JobStatus } from "../records/job-record.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { Admission } from "./admission.js";
import { writeAudit } from "./audit.js";
import { authorize, type Operator } from "./authorize.js";
import { batchStateError, findBatch, writeBatch } from "./batch-writes.js";
import { deleteBatch } from "./delete-batch.js";
import { cancelled, retried } from "./job-transitions.js";
import { readJob } from "./read-job.js";
import { reopenBatch } from "./reopen-batch.js";

/** Ends a pending or running job; a running attempt learns it by its next heartbeat. */
export async function cancelJob(
  store: KvStore,
  jobId: string,
  operator: Operator,
): Promise<JobRecord> {
  const { actor } = operator;
  return store.transact(async (tx) => {
    const job = await readJob(tx, jobId, store.url);
    authorize("cancel", { ...operator, owner: job.submittedBy });
    if (!isOpen(job)) throw jobStateError(job, "cancel", ["Pending", "Processing"]);
    // Needs no write of the batch: it only takes away from the batch's open jobs.
    const after = await new Admission(tx).change(job, cancelled(job, tx.now));
    writeAudit(tx, { actor, action: "cancel", subject: { kind: "job", id: jobId }, jobs: 1 });
    return after;
  });
}

/**
 * Makes a job ready that failed, died or was cancelled. A batch published without it is opened
 * again for a new generation.
 */
export async function retryJob(
  store: KvStore,
  jobId: string,
  operator: Operator,
): Promise<JobRecord> {
  const { actor } = operator;
  return store.transact(async (tx) => {
    const job = await readJob(tx, jobId, store.url);
    authorize("retry", { ...operator, owner: job.submittedBy });
    if (!isRetryable(job)) throw jobStateError(job, "retry", ["Failed", "Dead", "Cancelled"]);
    if ((await findBatch(tx, job.batchId)) === undefined) throw batchGone(job, "retry");
    const after = await new Admission(tx).change(job, retried(job, tx.now));
    // Adds to the batch's open jobs, so it excludes the finalizer by writing the batch.
    await reopenBatch(tx, job.batchId);
    writeAudit(tx, { actor, action: "retry", subject: { kind: "job", id: jobId }, jobs: 1 });
    return after;
  });
}

/**
 * Forgets an ended job; its recording can be submitted again. A job whose batch is gone can go at
 * any time: nothing will ever come of it.
 */
export async function deleteJob(store: KvStore, jobId: string, operator: Operator): Promise<void> {
  const { actor } = operator;
  await store.transact(async (tx) => {
    const job = await readJob(tx, jobId, store.url);
    authorize("delete", { ...operator, owner: job.submittedBy });
    const batch = await findBatch(tx, job.batchId);
    if (isOpen(job) && batch !== undefined) {
      throw jobStateError(job, "delete", ["Completed", "Failed", "Dead", "Cancelled"]);
    }
    if (batch?.status === "Finalizing") throw batchStateError(batch, `delete job ${jobId}`);
    await forgetJob(tx, job);
    if (batch) await writeWithout(tx, batch, 1);
    writeAudit(tx, { actor, action: "delete", subject: { kind: "job", id: jobId }, jobs: 1 });
  });
}

export function isRetryable(job: JobRecord): job is JobIn<"Failed" | "Dead" | "Cancelled"> {
  return job.status === "Failed" || job.status === "Dead" || job.status === "Cancelled";
}

/** Writes the batch after so many of its jobs were forgotten; it goes with the last of them. */
export async function writeWithout(
  tx: KvTransaction,
  batch: BatchRecord,
  jobs: number,
): Promise<void> {
  const jobCount = Math.max(0, batch.jobCount - jobs);
  if (jobCount === 0 && batch.status !== "Submitting") await deleteBatch(tx, batch);
  // A job that held the batch may be one that is gone.
  else writeBatch(tx, { ...batch, jobCount, ...(batch.status === "Sealed" ? { hold: null } : {}) });
}

/** Removes the job with all that points to it. */
export async function forgetJob(tx: KvTransaction, job: JobRecord): Promise<void> {
  await new Admission(tx).remove(job);
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

function batchGone({ id, batchId }: JobRecord, wish: string): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_BATCH_NOT_FOUND",
    `Can't ${wish} job ${id}: its batch ${batchId} is no longer in the store`,
    {
      hint: "Delete the job and submit its recording again; `roboflow doctor` finds all such jobs.",
    },
  );
}
