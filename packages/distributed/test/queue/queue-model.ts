import type { JobStatus } from "../../src/records/job-record.js";

/** What the queue should know of one job. */
export interface ModelJob {
  status: JobStatus;
  owner: string | undefined;
  epoch: number;
  failures: number;
  /** Store time from which it may be claimed, once promoted; undefined if it is ready. */
  notBefore: number | undefined;
  priority: number;
}

export interface ModelWorker {
  heartbeatAt: number;
  dead: boolean;
}

export const LEASE_MS = 120_000;
export const ATTEMPT_MS = 600_000;
const MAX_ATTEMPTS = 3;
/** As the rig's backoff without jitter. */
const backoffMs = (failures: number): number => Math.min(60_000, 1_000 * 2 ** (failures - 1));

/** A held job as one worker remembers it; it may be long out of date. */
export interface ModelLease {
  readonly jobId: string;
  readonly workerId: string;
  readonly epoch: number;
}

/** The queue's rules without store, keys or transactions. */
export class QueueModel {
  readonly jobs = new Map<string, ModelJob>();
  readonly workers = new Map<string, ModelWorker>();
  readonly deadlines = new Map<string, number>();

  submit(jobId: string, priority: number): void {
    this.jobs.set(jobId, {
      status: "Pending",
      owner: undefined,
      epoch: 0,
      failures: 0,
      notBefore: undefined,
      priority,
    });
  }

  /** Jobs that a claim may give now. */
  claimable(): string[] {
    const ready = [...this.jobs].filter(
      ([, job]) => job.status === "Pending" && job.notBefore === undefined,
    );
    const highest = Math.max(...ready.map(([, { priority }]) => priority));
    return ready.filter(([, { priority }]) => priority === highest).map(([id]) => id);
  }

  claim(jobId: string, workerId: string, now: number): void {
    const job = this.job(jobId);
    job.status = "Processing";
    job.owner = workerId;
    job.epoch += 1;
    this.deadlines.set(jobId, now + ATTEMPT_MS);
    const worker = this.workers.get(workerId);
    if (worker) worker.heartbeatAt = now;
  }

  holds({ jobId, workerId, epoch }: ModelLease): boolean {
    const job = this.jobs.get(jobId);
    return job?.status === "Processing" && job.owner === workerId && job.epoch === epoch;
  }

  end(
    jobId: string,
    how: "completed" | "permanent" | "transient" | "handedBack",
    now: number,
  ): void {
    const job = this.job(jobId);
    job.owner = undefined;
    if (how === "completed") job.status = "Completed";
    else if (how === "handedBack") job.status = "Pending";
    else {
      job.failures += 1;
      if (how === "permanent") job.status = "Failed";
      else if (job.failures >= MAX_ATTEMPTS) job.status = "Dead";
      else {
        job.status = "Pending";
        job.notBefore = now + backoffMs(job.failures);
      }
    }
  }

  cancel(jobId: string): boolean {
    const job = this.jobs.get(jobId);
    if (job?.status !== "Pending" && job?.status !== "Processing") return false;
    job.status = "Cancelled";
    job.owner = undefined;
    job.notBefore = undefined;
    job.epoch += 1;
    return true;
  }

  retry(jobId: string): boolean {
    const job = this.jobs.get(jobId);
    if (job === undefined || !["Failed", "Dead", "Cancelled"].includes(job.status)) return false;
    job.status = "Pending";
    job.failures = 0;
    return true;
  }

  delete(jobId: string): boolean {
    const job = this.jobs.get(jobId);
    if (job === undefined || ["Pending", "Processing"].includes(job.status)) return false;
    return this.jobs.delete(jobId);
  }

  promote(now: number): void {
    for (const job of this.jobs.values()) {
      if (job.notBefore !== undefined && job.notBefore <= now) job.notBefore = undefined;
    }
  }

  reap(now: number): void {
    for (const worker of this.workers.values()) {
      if (now >= worker.heartbeatAt + LEASE_MS) worker.dead = true;
    }
    for (const [jobId, job] of this.jobs) {
      if (job.status !== "Processing" || job.owner === undefined) continue;
      const dead = this.workers.get(job.owner)?.dead ?? true;
      if (!dead && now < (this.deadlines.get(jobId) ?? 0)) continue;
      this.end(jobId, "transient", now);
      job.epoch += 1;
    }
  }

  job(jobId: string): ModelJob {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`The model has no job ${jobId}`);
    return job;
  }
}
