import { DistributedError } from "../error.js";
import type { Attempt } from "../records/attempt.js";
import type { JobIn, JobRecord } from "../records/job-record.js";
import type { KvReader } from "../store/kv-store.js";
import { findJob } from "./read-job.js";

/** One attempt's right to a job. The epoch decides, not the time. */
export interface Lease {
  readonly jobId: string;
  readonly workerId: string;
  readonly epoch: number;
}

export function leaseOf(job: JobIn<"Processing">): Lease {
  return { jobId: job.id, workerId: job.owner, epoch: job.leaseEpoch };
}

export function holds(
  job: JobRecord | undefined,
  { workerId, epoch }: Lease,
): job is JobIn<"Processing"> {
  return job?.status === "Processing" && job.owner === workerId && job.leaseEpoch === epoch;
}

/** Why an attempt no longer has its job. */
export type LossReason = "cancelled" | "taken" | "deleted";

export function lossReason(job: JobRecord | undefined): LossReason {
  if (job === undefined) return "deleted";
  return job.status === "Cancelled" ? "cancelled" : "taken";
}

/**
 * The job, still held. Every write of an attempt starts with this; the write of the job's key
 * then guards it.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST`
 */
export async function readHeld(reader: KvReader, lease: Lease): Promise<JobIn<"Processing">> {
  const job = await findJob(reader, lease.jobId);
  if (holds(job, lease)) return job;
  throw leaseLost(lease, lossReason(job));
}

export function leaseLost({ jobId, epoch }: Lease, reason: LossReason): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_LEASE_LOST",
    `Attempt ${epoch} no longer holds job ${jobId}: it was ${reason}`,
  );
}

/**
 * Whether this attempt has already ended the job in this way: then the answer to the first try
 * was lost, and saying it again changes nothing.
 */
export function alreadyEnded(
  job: JobRecord | undefined,
  { workerId, epoch }: Lease,
  outcome: "completed" | "failed" | "handedBack",
): job is JobRecord {
  return (
    job?.attempts.some(
      (attempt) =>
        attempt.epoch === epoch && attempt.worker === workerId && outcomeOf(attempt) === outcome,
    ) ?? false
  );
}

/** What an outage ended was written as a failure of the attempt, and put off. */
function outcomeOf(attempt: Attempt): Attempt["outcome"] {
  const { outcome } = attempt;
  return outcome === "handedBack" && attempt.error !== undefined ? "failed" : outcome;
}

export function isLeaseLost(error: unknown): boolean {
  return error instanceof DistributedError && error.code === "ERR_ROBOFLOW_LEASE_LOST";
}
