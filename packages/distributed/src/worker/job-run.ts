import { isLeaseLost, leaseOf, lossReason, type Lease } from "../queue/lease.js";
import { findJob } from "../queue/read-job.js";
import { errorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import { attemptEnd, type StopReason } from "./attempt-end.js";
import type { Progress } from "./conversion.js";
import { retryTransient } from "./retry-transient.js";
import { runAttempt } from "./run-attempt.js";
import type { WorkerServices, WorkerSettings } from "./worker-options.js";

export interface JobRunContext {
  readonly options: WorkerServices & WorkerSettings;
  /** Whether the worker is about to end. */
  isEnding(): boolean;
  /** Aborts when a worker that ends no longer waits for the store. */
  readonly giveUp: AbortSignal;
}

/** What became of an attempt. */
export type RunOutcome =
  | { readonly kind: "written"; readonly job: JobRecord }
  | { readonly kind: "handedBack"; readonly newer: boolean }
  /** Nothing was written. */
  | { readonly kind: "lost" };

/** One attempt of this worker at a job, from claim to what is written of it. */
export class JobRun {
  readonly lease: Lease;
  readonly #job: JobIn<"Processing">;
  readonly #context: JobRunContext;
  readonly #abort = new AbortController();
  #stop: StopReason | undefined;
  #latest: Progress | undefined;

  constructor(job: JobIn<"Processing">, context: JobRunContext) {
    this.lease = leaseOf(job);
    this.#job = job;
    this.#context = context;
  }

  /** Ends the attempt; the first reason counts. */
  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#abort.abort(reason);
  }

  /** Never throws: what can't be written is left to the reaper. */
  async run(): Promise<RunOutcome> {
    try {
      const result = await this.#convert();
      return await this.#complete(result);
    } catch (error) {
      return this.#end(error).catch((unwritten) => this.#unwritten(unwritten));
    }
  }

  async #convert(): Promise<JobResult> {
    const { options } = this.#context;
    const { attemptTimeoutMs: afterMs, progressMs } = options;
    const timeout = setTimeout(() => this.stop({ kind: "timeout", afterMs }), afterMs);
    const reports = setInterval(() => void this.#report(), progressMs);
    try {
      return await runAttempt(this.#job, options, {
        signal: this.#abort.signal,
        onProgress: (progress) => {
          this.#latest = progress;
          options.onEvent({ type: "progress", jobId: this.lease.jobId, progress });
        },
      });
    } finally {
      clearTimeout(timeout);
      clearInterval(reports);
    }
  }

  async #report(): Promise<void> {
    const { queue, logger } = this.#context.options;
    const progress = this.#latest;
    this.#latest = undefined;
    if (progress === undefined) return;
    try {
      await queue.progress(this.lease, progress);
    } catch (error) {
      if (isLeaseLost(error)) await this.#noticeLoss();
      else logger.debug("Progress could not be stored", { jobId: this.lease.jobId, error });
    }
  }

  async #noticeLoss(): Promise<void> {
    const { queue } = this.#context.options;
    const job = await findJob(queue.store, this.lease.jobId).catch(() => this.#job);
    this.stop({ kind: "lost", reason: lossReason(job) });
  }

  async #complete(result: JobResult): Promise<RunOutcome> {
    const { queue, onEvent } = this.#context.options;
    const job = await this.#persist(() => queue.complete(this.lease, result));
    onEvent({ type: "completed", job });
    return { kind: "written", job };
  }

  async #end(thrown: unknown): Promise<RunOutcome> {
    const { queue, onEvent } = this.#context.options;
    const { jobId } = this.lease;
    const end = attemptEnd(thrown, this.#stop, this.#context.isEnding());
    switch (end.kind) {
      case "lost":
        onEvent({ type: "lost", jobId, reason: end.reason });
        return { kind: "lost" };
      case "handBack":
        await this.#persist(() => queue.handBack(this.lease));
        onEvent({ type: "handedBack", jobId });
        return { kind: "handedBack", newer: end.newer };
      case "failed": {
        const error = errorRecord(end.error);
        const job = await this.#persist(() => queue.fail(this.lease, error));
        onEvent({ type: "failed", job, error });
        return { kind: "written", job };
      }
    }
  }

  #unwritten(error: unknown): RunOutcome {
    const { onEvent, logger } = this.#context.options;
    const { jobId } = this.lease;
    if (isLeaseLost(error)) onEvent({ type: "lost", jobId, reason: "taken" });
    else
      logger.error("What became of a job could not be written; it is left to others", {
        jobId,
        error,
      });
    return { kind: "lost" };
  }

  #persist<T>(write: () => Promise<T>): Promise<T> {
    const { options, giveUp } = this.#context;
    return retryTransient(write, giveUp, (error) => {
      const { jobId } = this.lease;
      options.logger.warn("The store did not take what became of a job; trying again", {
        jobId,
        error,
      });
    });
  }
}
