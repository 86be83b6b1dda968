import { Finalizer } from "../finalizer/finalizer.js";
import { isLeaseLost } from "../queue/lease.js";
import type { OnUnreadable } from "../queue/read-job.js";
import { Reaper } from "../queue/reaper.js";
import { isDamaged } from "../records/codec.js";
import type { JobIn } from "../records/job-record.js";
import { Finalizing } from "./finalizing.js";
import { hasReady, isDrained } from "./is-drained.js";
import { JobRun } from "./job-run.js";
import { Loop } from "./loop.js";
import { retryTransient } from "./retry-transient.js";
import { Wake } from "./wake.js";
import {
  withDefaults,
  type WorkerOptions,
  type WorkerServices,
  type WorkerSettings,
} from "./worker-options.js";
import { WorkerPresence } from "./worker-presence.js";

/** How long a worker that ends tries to write what became of its jobs, milliseconds. */
const FAREWELL_MS = 10_000;

type Mode = "working" | "draining" | "stopping";

/**
 * Claims jobs and runs them; beside that finalizes batches, promotes delayed jobs and takes back
 * those of dead workers, as every worker does when it is its turn. It prints nothing and handles no
 * signals: the application calls `drain` and `stop`.
 */
export class Worker {
  readonly #options: WorkerServices & WorkerSettings;
  readonly #runs = new Map<string, JobRun>();
  readonly #presence: WorkerPresence;
  readonly #finalizing: Finalizing;
  readonly #reaper: Reaper;
  readonly #heartbeats: Loop;
  readonly #sweeps: Loop;
  readonly #wake = new Wake();
  /** Jobs that this worker leaves as they are: of a newer version, or damaged. */
  readonly #left = new Set<string>();
  readonly #giveUp = new AbortController();
  #mode: Mode = "working";
  #idle = false;
  #ended: Promise<void> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = withDefaults(options);
    const { queue, leaseMs, heartbeatMs, logger } = this.#options;
    this.#presence = new WorkerPresence(this.#options, this.#runs);
    const holder = this.#presence.id;
    const { store, backoff } = queue;
    this.#finalizing = new Finalizing(
      new Finalizer({ ...this.#options, store, backoff, holder, renewMs: heartbeatMs }),
      logger,
      (progress) => this.#finalized(progress),
    );
    this.#reaper = new Reaper(store, { holder, leaseMs, backoff, logger });
    this.#heartbeats = new Loop(() => this.#beat());
    this.#sweeps = new Loop(() => this.#sweep());
  }

  /** Its id in the store; another one after it was declared dead. */
  get id(): string {
    return this.#presence.id;
  }

  /** Works until `drain`, `stop`, or, with `untilDrained`, until there is nothing left to do. */
  run(): Promise<void> {
    this.#ended ??= this.#work();
    return this.#ended;
  }

  /** Takes no more jobs, lets the running ones end within the grace time, hands back the rest. */
  async drain(): Promise<void> {
    if (this.#mode === "working") {
      this.#mode = "draining";
      this.#options.onEvent({ type: "draining" });
      this.#wake.wake();
    }
    await this.#ended;
  }

  /** Stops and hands back all jobs at once; also during a drain. */
  async stop(): Promise<void> {
    this.#mode = "stopping";
    this.#wake.wake();
    this.#stopRuns();
    await this.#ended;
  }

  async #work(): Promise<void> {
    await this.#register();
    const loops = [this.#heartbeats.run(), this.#sweeps.run()];
    try {
      while (this.#mode === "working") await this.#step();
      await this.#finishRuns();
    } finally {
      this.#heartbeats.end();
      this.#sweeps.end();
      await Promise.all(loops);
      await this.#leave();
    }
  }

  async #register(): Promise<void> {
    const { logger } = this.#options;
    // A worker may start before its store does.
    await retryTransient(
      () => this.#presence.register(),
      this.#giveUp.signal,
      (error) => logger.warn("The worker could not register; trying again", { error }),
    );
  }

  /** Claims a job, or waits for something to change. */
  async #step(): Promise<void> {
    const { slots, pollMs, random, untilDrained, onEvent } = this.#options;
    if (this.#runs.size >= slots) return this.#wake.sleep(pollMs);
    const job = await this.#claim();
    if (job) return this.#start(job);
    if (untilDrained && (await this.#isDrained())) {
      this.#mode = "draining";
      return undefined;
    }
    if (!this.#idle && this.#runs.size === 0) onEvent({ type: "idle" });
    this.#idle = true;
    return this.#wake.sleep(pollMs * (1 + random() / 10));
  }

  async #claim(): Promise<JobIn<"Processing"> | undefined> {
    const { queue, logger, attemptTimeoutMs, random } = this.#options;
    try {
      if (this.#idle && !(await hasReady(queue.store))) return undefined;
      return await this.#presence.claiming((workerId) =>
        queue.claim(workerId, {
          attemptTimeoutMs,
          random,
          skip: this.#left,
          onUnreadable: this.#onUnreadable,
        }),
      );
    } catch (error) {
      if (isLeaseLost(error)) this.#heartbeats.wake();
      else logger.warn("No job could be claimed; trying again", { error });
      return undefined;
    }
  }

  readonly #onUnreadable: OnUnreadable = (jobId, error) => {
    if (this.#left.has(jobId)) return;
    this.#left.add(jobId);
    const { logger } = this.#options;
    if (isDamaged(error)) {
      logger.error(
        "Left a job whose record is damaged, so its batch can't be published: restore the store from a backup, or submit the batch's recordings again to another output",
        { jobId, error },
      );
    } else logger.warn("Left a job whose record this version can't read", { jobId, error });
  };

  async #isDrained(): Promise<boolean> {
    if (this.#runs.size > 0 || this.#finalizing.busy) return false;
    try {
      if (await isDrained(this.#options.queue.store, this.#left)) return true;
    } catch (error) {
      this.#options.logger.warn("The store could not be read; trying again", { error });
    }
    // What is left may be due by now.
    this.#sweeps.wake();
    return false;
  }

  #start(job: JobIn<"Processing">): void {
    this.#idle = false;
    this.#options.onEvent({ type: "claimed", job });
    const run = new JobRun(job, {
      options: this.#options,
      isEnding: () => this.#mode !== "working",
      giveUp: this.#giveUp.signal,
    });
    this.#runs.set(job.id, run);
    void this.#finish(job.id, run);
  }

  async #finish(jobId: string, run: JobRun): Promise<void> {
    const outcome = await run.run();
    this.#runs.delete(jobId);
    if (outcome.kind === "handedBack" && outcome.newer) this.#left.add(jobId);
    if (outcome.kind === "written") {
      // To be due again before the next sweep, or the last of its batch.
      if (outcome.job.status === "Pending") this.#sweeps.wake();
      else this.#finalizing.kick();
    }
    this.#wake.wake();
  }

  #finalized(progress: boolean): void {
    // There may be nothing left to do, or to wait for.
    if ((progress && this.#options.untilDrained) || this.#mode !== "working") this.#wake.wake();
  }

  async #beat(): Promise<number> {
    const { heartbeatMs, logger } = this.#options;
    try {
      await this.#presence.beat();
    } catch (error) {
      // The jobs go on: whoever is not taken in the meantime may still complete.
      logger.warn("A heartbeat failed", { error });
    }
    return heartbeatMs;
  }

  async #sweep(): Promise<number> {
    const { queue, sweepMs, onEvent, logger } = this.#options;
    let next = sweepMs;
    this.#finalizing.kick();
    try {
      const { promoted, nextInMs = sweepMs } = await queue.promoteDue(this.#onUnreadable);
      next = Math.min(sweepMs, nextInMs);
      if (promoted > 0) this.#wake.wake();
      const jobs = await this.#reaper.round();
      if (jobs.length > 0) onEvent({ type: "reaped", jobs });
    } catch (error) {
      logger.warn("Looking for delayed and abandoned jobs failed", { error });
    }
    return next;
  }

  async #finishRuns(): Promise<void> {
    const { queue, graceMs, logger } = this.#options;
    const grace = setTimeout(() => this.#stopRuns(), graceMs);
    // Only for people to see: this worker claims no more in any case.
    await queue.markDraining(this.#presence.id).catch((error: unknown) => {
      logger.debug("The worker could not be marked as draining", { error });
    });
    if (this.#mode === "stopping") this.#stopRuns();
    while (this.#runs.size > 0 || this.#finalizing.busy) await this.#wake.sleep(FAREWELL_MS);
    clearTimeout(grace);
  }

  #stopRuns(): void {
    this.#finalizing.stop();
    for (const run of this.#runs.values()) run.stop({ kind: "handBack" });
    setTimeout(() => this.#giveUp.abort(), FAREWELL_MS).unref();
  }

  async #leave(): Promise<void> {
    const { queue, logger } = this.#options;
    try {
      await this.#reaper.resign();
      await queue.unregisterWorker(this.#presence.id);
    } catch (error) {
      logger.warn("The worker could not take its leave; its lease will run out", { error });
    }
  }
}
