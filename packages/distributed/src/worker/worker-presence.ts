import { newId, type Logger } from "@roboflow/core";
import type { Lease } from "../queue/lease.js";
import type { JobRun } from "./job-run.js";
import type { WorkerServices, WorkerSettings } from "./worker-options.js";

/** A worker as the store knows it: its id, its heartbeats, and the jobs under its id. */
export class WorkerPresence {
  readonly #options: WorkerServices & WorkerSettings;
  readonly #runs: ReadonlyMap<string, JobRun>;
  readonly #logger: Logger;
  #id = newId();
  /** Claims asked for and answered: between the two, the store may hold a job for us unknown. */
  #claims = { asked: 0, answered: 0 };
  /** Claims asked for up to the last heartbeat that showed what became of them. */
  #askedBefore = 0;

  /** @param runs the jobs that the worker runs, by id */
  constructor(
    options: WorkerServices & WorkerSettings,
    runs: ReadonlyMap<string, JobRun>,
    logger: Logger,
  ) {
    this.#options = options;
    this.#runs = runs;
    this.#logger = logger;
  }

  get id(): string {
    return this.#id;
  }

  async register(): Promise<void> {
    const { queue, host, pid, slots, leaseMs, roles, onEvent } = this.#options;
    try {
      await queue.registerWorker({ id: this.#id, host, pid, slots, leaseMs, roles: [...roles] });
    } catch (error) {
      // It may be stored all the same; nobody may share an id, not even with oneself.
      this.#id = newId();
      throw error;
    }
    onEvent({ type: "registered", workerId: this.#id });
  }

  async claiming<T>(claim: (workerId: string) => Promise<T>): Promise<T> {
    this.#claims.asked += 1;
    try {
      return await claim(this.#id);
    } finally {
      this.#claims.answered += 1;
    }
  }

  /** Stops the runs whose jobs are gone; registers anew if the worker was declared dead. */
  async beat(): Promise<void> {
    const { queue } = this.#options;
    const { asked, answered } = this.#claims;
    const held = [...this.#runs.values()].map(({ lease }) => lease);
    const claimedNothing = asked === this.#askedBefore;
    const { alive, lost, unknown } = await queue.heartbeat(this.#id, held, { claimedNothing });
    for (const { jobId, reason } of lost) this.#runs.get(jobId)?.stop({ kind: "lost", reason });
    if (!alive) {
      this.#logger.warn("This worker was declared dead; it goes on under a new id", {
        was: this.#id,
      });
      for (const { jobId } of held) this.#runs.get(jobId)?.stop({ kind: "handBack" });
      this.#id = newId();
      await this.register();
    } else if (asked === answered && asked === this.#claims.asked) {
      for (const lease of unknown) await this.#giveBack(lease);
      this.#askedBefore = asked;
    }
  }

  /** The answer to a claim was lost, so nobody runs the job that it took. */
  async #giveBack(lease: Lease): Promise<void> {
    if (this.#runs.get(lease.jobId)?.lease.epoch === lease.epoch) return;
    const { jobId: job, epoch: attempt } = lease;
    this.#logger.warn("Handing back a job that this worker does not run", { job, attempt });
    await this.#options.queue.handBack(lease);
  }
}
