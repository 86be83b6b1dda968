import type { ErrorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import type { Progress } from "../worker/conversion.js";
import { Admission } from "./admission.js";
import type { Backoff } from "./backoff.js";
import { writeJob } from "./job-index.js";
import { completed, failed, handedBack } from "./job-transitions.js";
import { alreadyEnded, holds, leaseLost, lossReason, readHeld, type Lease } from "./lease.js";
import { findJob } from "./read-job.js";

/** Shown by `jobs get`; also finds out early that the job was taken. */
export async function reportProgress(
  store: KvStore,
  lease: Lease,
  { framesDone, framesTotal }: Progress,
): Promise<void> {
  const report = async (tx: KvTransaction): Promise<void> => {
    const job = await readHeld(tx, lease);
    const progress = { framesDone, framesTotal: framesTotal ?? null, updatedAt: tx.now };
    writeJob(tx, job, { ...job, progress });
  };
  await store.transact(report, { causal: true });
}

/** The commit point of an attempt: its artifacts count from here on. */
export async function completeJob(
  store: KvStore,
  lease: Lease,
  result: JobResult,
): Promise<JobRecord> {
  return endAttempt(store, lease, "completed", (job, now) => completed(job, result, now));
}

/**
 * An outage of what the attempt needed puts the job off and does not count, for a day.
 * @returns the job as it is then: `Failed`, `Dead`, or `Pending` until its next attempt
 */
export async function failJob(
  store: KvStore,
  lease: Lease,
  error: ErrorRecord,
  backoff: Backoff,
): Promise<JobRecord> {
  return endAttempt(store, lease, "failed", (job, now) => failed(job, error, now, backoff));
}

export async function handBackJob(store: KvStore, lease: Lease): Promise<JobRecord> {
  return endAttempt(store, lease, "handedBack", (job, now) => handedBack(job, now));
}

/**
 * Ends a held attempt; a repetition after a lost answer gives the job as it is.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST`
 */
async function endAttempt(
  store: KvStore,
  lease: Lease,
  outcome: "completed" | "failed" | "handedBack",
  end: (job: JobIn<"Processing">, now: number) => JobRecord,
): Promise<JobRecord> {
  return store.transact((tx) => writeEnd(tx, lease, outcome, end), { causal: true });
}

/** The end of an attempt within a transaction: see `endAttempt`. */
export async function writeEnd(
  tx: KvTransaction,
  lease: Lease,
  outcome: "completed" | "failed" | "handedBack",
  end: (job: JobIn<"Processing">, now: number) => JobRecord,
): Promise<JobRecord> {
  const job = await findJob(tx, lease.jobId);
  if (holds(job, lease)) return new Admission(tx).change(job, end(job, tx.now));
  if (alreadyEnded(job, lease, outcome)) return job;
  throw leaseLost(lease, lossReason(job));
}
