import type { Logger } from "@roboflow/core";
import { isLeaseLost } from "../queue/lease.js";
import type { OnUnreadable } from "../queue/read-job.js";
import type { JobIn } from "../records/job-record.js";
import { JobRun, type JobRunContext, type RunOutcome } from "./job-run.js";
import type { StopReason } from "./attempt-end.js";
import type { WorkerPresence } from "./worker-presence.js";

export interface JobSlotsContext extends JobRunContext {
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
    for (const run of this.#runs.values()) run.stop(reason);
  }

  async #claim(): Promise<JobIn<"Processing"> | undefined> {
    const { options, presence, left, onUnreadable } = this.#context;
    const { queue, attemptTimeoutMs, random, onEvent } = options;
    const onConflict = (): void => onEvent({ type: "claimConflict" });
    if (this.#idle && !(await queue.hasWork())) return undefined;
    return presence.claiming((workerId) =>
      queue.claim(workerId, { attemptTimeoutMs, random, skip: left, onUnreadable, onConflict }),
    );
  }

  #start(job: JobIn<"Processing">): void {
    const { onEvent } = this.#context.options;
    onEvent({ type: "claimed", jobId: job.id, attempt: job.leaseEpoch, worker: job.owner, job });
    const run = new JobRun(job, this.#context);
    this.#runs.set(job.id, run);
    void this.#finish(job.id, run);
  }

  async #finish(jobId: string, run: JobRun): Promise<void> {
    const outcome = await run.run();
    this.#runs.delete(jobId);
    this.#context.onEnd(jobId, outcome);
  }
}
