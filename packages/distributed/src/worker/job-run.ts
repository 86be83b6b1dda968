import type { Logger } from "@roboflow/core";
import { isLeaseLost, leaseOf, lossReason, type Lease } from "../queue/lease.js";
import { findJob } from "../queue/read-job.js";
import { isUnreadable } from "../records/codec.js";
import { errorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import { artifactUrl } from "./artifact-url.js";
import { attemptEnd, type StopReason } from "./attempt-end.js";
import { boundLogger } from "./bound-logger.js";
import type { Progress } from "./conversion.js";
import { retryTransient } from "./retry-transient.js";
import { runAttempt } from "./run-attempt.js";
import { isStoreAway, type StoreContact } from "./store-contact.js";
import type { JobHealth } from "./worker-health.js";
import type { WorkerServices, WorkerSettings } from "./worker-options.js";

export interface JobRunContext {
  readonly options: WorkerServices & WorkerSettings;
  /** Whether the worker is about to end. */
  isEnding(): boolean;
  readonly contact: StoreContact;
  /** Aborts when a worker that ends no longer waits for the store. */
  readonly giveUp: AbortSignal;
  /**
   * Completes a job and takes the next one for its slot.
   * @param onStored told of the completed job before the next one starts
   */
  completeAndTake(
    lease: Lease,
    result: JobResult,
    onStored: (job: JobRecord) => void,
  ): Promise<JobRecord>;
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
  readonly #who: { readonly jobId: string; readonly attempt: number; readonly worker: string };
  readonly #logger: Logger;
  readonly #job: JobIn<"Processing">;
  readonly #context: JobRunContext;
  readonly #abort = new AbortController();
  #stop: StopReason | undefined;
  #phase: JobHealth["phase"] = "converting";
  #progress: Progress | undefined;
  #unreported = false;

  constructor(job: JobIn<"Processing">, context: JobRunContext) {
    this.lease = leaseOf(job);
    const { jobId, workerId, epoch } = this.lease;
    this.#who = { jobId, attempt: epoch, worker: workerId };
    const fields = { job: jobId, attempt: epoch, worker: workerId };
    this.#logger = boundLogger(context.options.logger, () => fields);
    this.#job = job;
    this.#context = context;
  }

  get health(): JobHealth {
    const { jobId, attempt } = this.#who;
    return { jobId, attempt, phase: this.#phase, progress: this.#progress };
  }

  /** Ends the attempt; the first reason counts. */
  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#abort.abort(reason);
  }

  /** Never throws: what can't be written is left to the reaper. */
  async run(): Promise<RunOutcome> {
    try {
      return await this.#attempt();
    } catch (error) {
      return this.#unwritten(error);
    }
  }

  async #attempt(): Promise<RunOutcome> {
    let result: JobResult;
    try {
      result = await this.#convert();
    } catch (error) {
      return this.#end(error);
    }
    try {
      return await this.#complete(result);
    } catch (error) {
      // Whether it is stored may be unknown, and what is finished must not count as failed.
      if (isStoreAway(error)) throw error;
      return this.#end(error);
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
        logger: this.#logger,
        onProgress: (progress) => {
          this.#progress = progress;
          this.#unreported = true;
          options.onEvent({ type: "progress", ...this.#who, progress });
        },
        onRetry: ({ reason }) =>
          options.onEvent({ type: "storageRetry", reason, worker: this.#who.worker }),
      });
    } finally {
      clearTimeout(timeout);
      clearInterval(reports);
    }
  }

  async #report(): Promise<void> {
    const { queue } = this.#context.options;
    const progress = this.#progress;
    if (progress === undefined || !this.#unreported) return;
    this.#unreported = false;
    try {
      await queue.progress(this.lease, progress);
    } catch (error) {
      if (isLeaseLost(error)) await this.#noticeLoss();
      else this.#logger.debug("Progress could not be stored", { error });
    }
  }

  async #noticeLoss(): Promise<void> {
    const { queue } = this.#context.options;
    const job = await findJob(queue.store, this.lease.jobId).catch(() => this.#job);
    this.stop({ kind: "lost", reason: lossReason(job) });
  }

  async #complete(result: JobResult): Promise<RunOutcome> {
    const { options, completeAndTake } = this.#context;
    const { queue, onEvent } = options;
    const stored = (job: JobRecord): void => onEvent({ type: "completed", ...this.#who, job });
    let together = true;
    const job = await this.#persist(async () => {
      const first = together && !this.#context.isEnding();
      // What must be written does not wait a second time for what may be taken.
      together = false;
      if (first) return completeAndTake(this.lease, result, stored);
      const alone = await queue.complete(this.lease, result);
      stored(alone);
      return alone;
    });
    return { kind: "written", job };
  }

  async #end(thrown: unknown): Promise<RunOutcome> {
    const { queue, onEvent } = this.#context.options;
    const end = attemptEnd(thrown, this.#stop, this.#context.isEnding());
    switch (end.kind) {
      case "lost":
        await this.#removeUnwanted();
        onEvent({ type: "lost", ...this.#who, reason: end.reason });
        return { kind: "lost" };
      case "handBack":
        await this.#persist(() => queue.handBack(this.lease));
        onEvent({ type: "handedBack", ...this.#who });
        return { kind: "handedBack", newer: end.newer };
      case "failed": {
        const error = errorRecord(end.error);
        const job = await this.#persist(() => queue.fail(this.lease, error));
        onEvent({ type: "failed", ...this.#who, job, error });
        return { kind: "written", job };
      }
    }
  }

  /**
   * Of a job that was cancelled or deleted nobody else may ever remove this attempt's artifacts; if
   * another has taken it, that one goes on from them.
   */
  async #removeUnwanted(): Promise<void> {
    const { queue, storage } = this.#context.options;
    try {
      const job = await findJob(queue.store, this.lease.jobId);
      if (lossReason(job) !== "taken") await storage.removeTree(artifactUrl(this.#job));
    } catch (error) {
      this.#logger.warn("The artifacts of a lost attempt could not be removed", { error });
    }
  }

  #unwritten(error: unknown): RunOutcome {
    const { onEvent } = this.#context.options;
    if (isLeaseLost(error)) onEvent({ type: "lost", ...this.#who, reason: "taken" });
    else
      this.#logger.error("What became of a job could not be written; it is left to others", {
        error,
      });
    return { kind: "lost" };
  }

  #persist<T>(write: () => Promise<T>): Promise<T> {
    const { contact, giveUp } = this.#context;
    this.#phase = "storing";
    return retryTransient(
      () => contact.writing(write),
      giveUp,
      (error) =>
        this.#logger.debug("The store did not take what became of a job; trying again", { error }),
      // A record of a newer version stays one, and this slot is needed.
      (error) => !isUnreadable(error),
    );
  }
}
