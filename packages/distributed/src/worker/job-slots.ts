import type { Logger } from "@roboflow/core";
import type { ClaimOptions } from "../queue/claim.js";
import { isLeaseLost, type Lease } from "../queue/lease.js";
import type { OnUnreadable } from "../queue/read-job.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import { JobRun, type JobRunContext, type RunOutcome } from "./job-run.js";
import type { StopReason } from "./attempt-end.js";
import type { WorkerPresence } from "./worker-presence.js";

export interface JobSlotsContext extends Omit<JobRunContext, "completeAndTake"> {
  readonly presence: WorkerPresence;
  readonly logger: Logger;
  /** Jobs that this worker leaves as they are. */
  readonly left: ReadonlySet<string>;
  readonly onUnreadable: OnUnreadable;
  /** The answer to a claim was lost, or the worker was declared dead. */
  onDoubt(): void;
  onEnd(jobId: string, outcome: RunOutcome): void;
}

/** `away`: whether there is one is not known. */
export type Taken = "job" | "none" | "away";

/** The jobs that a worker runs at once: what it does in the role `worker`. */
export class JobSlots {
  readonly #context: JobSlotsContext;
  readonly #runs: Map<string, JobRun>;
  #idle = false;
  #stopped: StopReason | undefined;

  /** @param runs filled here; the presence tells the store of it */
  constructor(runs: Map<string, JobRun>, context: JobSlotsContext) {
    this.#runs = runs;
    this.#context = context;
  }

  get full(): boolean {
    return this.#runs.size >= this.#context.options.slots;
  }

  /** Claims a job and starts it. */
  async take(): Promise<Taken> {
    const { onDoubt, logger, contact } = this.#context;
    try {
      const job = await contact.reading(() => this.#claim());
      this.#idle = job === undefined;
      if (job === undefined) return "none";
      this.#start(job);
      return "job";
    } catch (error) {
      onDoubt();
      if (isLeaseLost(error)) return "none";
      logger.debug("No job could be claimed; trying again", { error });
      return "away";
    }
  }

  stop(reason: StopReason): void {
    this.#stopped ??= reason;
    for (const run of this.#runs.values()) run.stop(reason);
  }

  async #claim(): Promise<JobIn<"Processing"> | undefined> {
    const { options, presence } = this.#context;
    const { queue } = options;
    if (this.#idle && !(await queue.hasWork())) return undefined;
    return presence.claiming((workerId) => queue.claim(workerId, this.#claimOptions()));
  }

  /** The next job starts before the claim counts as answered, so that no heartbeat hands it back. */
  async #completeAndTake(
    lease: Lease,
    result: JobResult,
    onStored: (job: JobRecord) => void,
  ): Promise<JobRecord> {
    const { options, presence, onDoubt } = this.#context;
    try {
      return await presence.claiming(async (workerId) => {
        const what = { lease, result, workerId };
        const { job, next } = await options.queue.completeAndClaim(what, this.#claimOptions());
        onStored(job);
        if (next) this.#start(next);
        return job;
      });
    } catch (error) {
      // A job may have been taken all the same.
      onDoubt();
      throw error;
    }
  }

  #claimOptions(): Partial<ClaimOptions> {
    const { options, left, onUnreadable } = this.#context;
    const { attemptTimeoutMs, random, onEvent } = options;
    const onConflict = (): void => onEvent({ type: "claimConflict" });
    return { attemptTimeoutMs, random, skip: left, onUnreadable, onConflict };
  }

  #start(job: JobIn<"Processing">): void {
    const { onEvent } = this.#context.options;
    onEvent({ type: "claimed", jobId: job.id, attempt: job.leaseEpoch, worker: job.owner, job });
    const run = new JobRun(job, {
      ...this.#context,
      completeAndTake: (...what) => this.#completeAndTake(...what),
    });
    this.#runs.set(job.id, run);
    // The worker may have been told to end while the claim was under way.
    if (this.#stopped) run.stop(this.#stopped);
    else if (this.#context.isEnding()) run.stop({ kind: "handBack" });
    void this.#finish(job.id, run);
  }

  async #finish(jobId: string, run: JobRun): Promise<void> {
    const outcome = await run.run();
    this.#runs.delete(jobId);
    this.#context.onEnd(jobId, outcome);
  }
}
