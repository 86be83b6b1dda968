import type { ErrorRecord } from "../records/error-record.js";
import type { JobRecord, JobResult } from "../records/job-record.js";
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
  await store.transact(async (tx) => {
    const job = await readHeld(tx, lease);
    const progress = { framesDone, framesTotal: framesTotal ?? null, updatedAt: tx.now };
    writeJob(tx, job, { ...job, progress });
  });
}

/** The commit point of an attempt: its artifacts count from here on. */
export async function completeJob(
  store: KvStore,
  lease: Lease,
  result: JobResult,
): Promise<JobRecord> {
  return store.transact((tx) =>
    endAttempt(tx, lease, "completed", (job) => completed(job, result, tx.now)),
  );
}

/** @returns the job as it is then: `Failed`, `Dead`, or `Pending` until its next attempt */
export async function failJob(
  store: KvStore,
  lease: Lease,
  error: ErrorRecord,
  backoff: Backoff,
): Promise<JobRecord> {
  return store.transact((tx) =>
    endAttempt(tx, lease, "failed", (job) => failed(job, error, tx.now, backoff)),
  );
}

export async function handBackJob(store: KvStore, lease: Lease): Promise<JobRecord> {
  return store.transact((tx) =>
    endAttempt(tx, lease, "handedBack", (job) => handedBack(job, tx.now)),
  );
}

/**
 * Ends a held attempt; a repetition after a lost answer gives the job as it is.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST`
 */
async function endAttempt(
  tx: KvTransaction,
  lease: Lease,
  outcome: "completed" | "failed" | "handedBack",
  end: (job: Parameters<typeof completed>[0]) => JobRecord,
): Promise<JobRecord> {
  const job = await findJob(tx, lease.jobId);
  if (holds(job, lease)) {
    return new Admission(tx).change(job, end(job));
  }
  if (alreadyEnded(job, lease, outcome)) return job;
  throw leaseLost(lease, lossReason(job));
}
