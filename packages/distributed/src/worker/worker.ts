import type { Logger } from "@roboflow/core";
import type { OnUnreadable } from "../queue/read-job.js";
import { isDamaged } from "../records/codec.js";
import { boundLogger } from "./bound-logger.js";
import { isConverted, isDrained } from "./is-drained.js";
import type { JobRun, RunOutcome } from "./job-run.js";
import { JobSlots } from "./job-slots.js";
import { Loop } from "./loop.js";
import { Pause } from "./pause.js";
import { retryTransient } from "./retry-transient.js";
import { StepWatch } from "./step-watch.js";
import { StoreContact } from "./store-contact.js";
import { Tending } from "./tending.js";
import { Wake } from "./wake.js";
import { liveness, readiness, type WorkerHealth } from "./worker-health.js";
import {
  withDefaults,
  type WorkerOptions,
  type WorkerServices,
  type WorkerSettings,
} from "./worker-options.js";
import { WorkerPresence } from "./worker-presence.js";

/** How long a worker that ends tries to write what became of its jobs, milliseconds. */
const FAREWELL_MS = 10_000;

/** A step of a loop that takes so long will not end, milliseconds; more with a longer lease. */
const STUCK_AFTER_MS = 300_000;

/** Between heartbeats that fail, milliseconds: they find out that the store is back. */
const LONGEST_MISS_MS = 5_000;

type Mode = "starting" | "working" | "draining" | "stopping" | "stopped";

/**
 * Claims jobs and runs them (role `worker`); promotes delayed jobs, takes back those of dead
 * workers and finalizes batches when it is its turn (role `finalizer`). It prints nothing and
 * handles no signals: the application calls `drain` and `stop`.
 */
export class Worker {
  readonly #options: WorkerServices & WorkerSettings;
  readonly #logger: Logger;
  readonly #contact: StoreContact;
  readonly #runs = new Map<string, JobRun>();
  readonly #presence: WorkerPresence;
  readonly #slots: JobSlots | undefined;
  readonly #tending: Tending | undefined;
  readonly #heartbeats: Loop;
  readonly #wake = new Wake();
  /** Jobs that this worker leaves as they are: of a newer version, or damaged. */
  readonly #left = new Set<string>();
  readonly #giveUp = new AbortController();
  readonly #watches: { readonly claim: StepWatch; readonly heartbeat: StepWatch };
  readonly #missedBeats: Pause;
  readonly #missedClaims: Pause;
  #mode: Mode = "starting";
  #idle = false;
  #ended: Promise<void> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = withDefaults(options);
    const { roles, leaseMs, heartbeatMs, pollMs, random } = this.#options;
    this.#logger = boundLogger(this.#options.logger, () => ({ worker: this.id }));
    this.#contact = new StoreContact(this.#logger, () => this.#storeIsBack());
    this.#presence = new WorkerPresence(this.#options, this.#runs, this.#logger);
    const stuckAfterMs = Math.max(STUCK_AFTER_MS, 3 * leaseMs);
    this.#watches = { claim: new StepWatch(stuckAfterMs), heartbeat: new StepWatch(stuckAfterMs) };
    const maxMs = Math.min(heartbeatMs, LONGEST_MISS_MS);
    this.#missedBeats = new Pause({ firstMs: 500, maxMs, random });
    this.#missedClaims = new Pause({ firstMs: pollMs, maxMs: Math.max(pollMs, 30_000), random });
    this.#heartbeats = new Loop(() => this.#watches.heartbeat.during(() => this.#beat()));
    const common = {
      options: this.#options,
      contact: this.#contact,
      logger: this.#logger,
      onUnreadable: this.#onUnreadable,
    };
    if (roles.includes("worker")) {
      this.#slots = new JobSlots(this.#runs, {
        ...common,
        presence: this.#presence,
        giveUp: this.#giveUp.signal,
        isEnding: () => this.#isEnding,
        left: this.#left,
        onDoubt: () => this.#heartbeats.wake(),
        onEnd: (jobId, outcome) => this.#jobEnded(jobId, outcome),
      });
    }
    if (roles.includes("finalizer")) {
      this.#tending = new Tending({
        ...common,
        holder: this.#presence.id,
        stuckAfterMs,
        onReady: () => this.#wake.wake(),
        onFinalized: (progress) => this.#finalized(progress),
      });
    }
  }

  /** Its id in the store; another one after it was declared dead. */
  get id(): string {
    return this.#presence.id;
  }

  /** How it is now; asks nobody. */
  health(): WorkerHealth {
    const jobs = [...this.#runs.values()].map(({ health }) => health);
    const mode = this.#mode === "stopping" ? "draining" : this.#mode;
    const store = this.#contact.health;
    const { claim, heartbeat } = this.#watches;
    return {
      worker: this.id,
      roles: this.#options.roles,
      mode,
      store,
      jobs,
      waitingResults: jobs.filter(({ phase }) => phase === "storing").length,
      finalizing: this.#tending?.finalizing ?? false,
      live: liveness({
        claim: claim.stuckMs,
        heartbeat: heartbeat.stuckMs,
        ...this.#tending?.stuck,
      }),
      ready: readiness(mode, store),
    };
  }

  /** Works until `drain`, `stop`, or, with `untilDrained`, until there is nothing left to do. */
  run(): Promise<void> {
    this.#ended ??= this.#work();
    return this.#ended;
  }

  /** Takes no more jobs, lets the running ones end within the grace time, hands back the rest. */
  async drain(): Promise<void> {
    if (this.#mode === "starting") this.#giveUp.abort();
    if (this.#mode === "starting" || this.#mode === "working") {
      this.#mode = "draining";
      this.#options.onEvent({ type: "draining" });
      this.#wake.wake();
    }
    await this.#ended;
  }

  /** Stops and hands back all jobs at once; also during a drain. */
  async stop(): Promise<void> {
    if (this.#mode === "starting") this.#giveUp.abort();
    this.#mode = "stopping";
    this.#wake.wake();
    this.#stopRuns();
    await this.#ended;
  }

  get #isEnding(): boolean {
    return this.#mode !== "starting" && this.#mode !== "working";
  }

  async #work(): Promise<void> {
    if (!(await this.#register())) return;
    // Registering was the first heartbeat; another now would only be in the way of the first claim.
    const beats = this.#heartbeats.run(this.#options.heartbeatMs);
    const loops = [beats, ...(this.#tending ? [this.#tending.run()] : [])];
    try {
      while (this.#mode === "working") await this.#step();
      await this.#finishRuns();
    } finally {
      this.#heartbeats.end();
      this.#tending?.end();
      await Promise.all(loops);
      await this.#leave();
      this.#mode = "stopped";
    }
  }

  /** A worker may start before its store does. @returns false if it was told to end meanwhile */
  async #register(): Promise<boolean> {
    try {
      await retryTransient(
        () => this.#contact.writing(() => this.#presence.register()),
        this.#giveUp.signal,
        (error) => this.#logger.debug("The worker could not register; trying again", { error }),
      );
    } catch (error) {
      const ending = this.#isEnding;
      this.#mode = "stopped";
      if (ending) return false;
      throw error;
    }
    if (this.#mode === "starting") this.#mode = "working";
    return true;
  }

  /** Claims a job, or waits for something to change. */
  async #step(): Promise<void> {
    const { pollMs, random, untilDrained, onEvent } = this.#options;
    if (this.#slots?.full === true) return this.#wake.sleep(pollMs);
    const taken = await this.#watches.claim.during(async () => this.#slots?.take() ?? "none");
    if (taken === "job") {
      this.#idle = false;
      return undefined;
    }
    if (taken === "away") return this.#wake.sleep(this.#missedClaims.next());
    this.#missedClaims.reset();
    if (untilDrained && (await this.#isDrained())) {
      if (this.#mode === "working") this.#mode = "draining";
      return undefined;
    }
    if (!this.#idle && this.#runs.size === 0) onEvent({ type: "idle" });
    this.#idle = true;
    // Nobody tells a process that converts nothing that the last job of a batch has ended.
    if (this.#slots === undefined) this.#tending?.finalize();
    return this.#wake.sleep(pollMs * (1 + random() / 40));
  }

  readonly #onUnreadable: OnUnreadable = (jobId, error) => {
    if (this.#left.has(jobId)) return;
    this.#left.add(jobId);
    if (isDamaged(error)) {
      this.#logger.error(
        "Left a job whose record is damaged, so its batch can't be published: restore the store from a backup, or submit the batch's recordings again to another output",
        { job: jobId, error },
      );
    } else {
      this.#logger.warn("Left a job whose record this version can't read", { job: jobId, error });
    }
  };

  async #isDrained(): Promise<boolean> {
    if (this.#runs.size > 0 || this.#tending?.finalizing === true) return false;
    const { store } = this.#options.queue;
    const look = this.#tending === undefined ? isConverted : isDrained;
    try {
      if (await this.#contact.reading(() => look(store, this.#left))) return true;
    } catch (error) {
      this.#logger.debug("The store could not be read; trying again", { error });
    }
    // What is left may be due by now.
    this.#tending?.sweep();
    return false;
  }

  #jobEnded(jobId: string, outcome: RunOutcome): void {
    if (outcome.kind === "handedBack" && outcome.newer) this.#left.add(jobId);
    if (outcome.kind === "written") {
      // To be due again before the next sweep, or the last of its batch.
      if (outcome.job.status === "Pending") this.#tending?.sweep();
      else this.#tending?.finalize();
    }
    this.#wake.wake();
  }

  #finalized(progress: boolean): void {
    // There may be nothing left to do, or to wait for.
    if ((progress && this.#options.untilDrained) || this.#isEnding) this.#wake.wake();
  }

  async #beat(): Promise<number> {
    const { heartbeatMs, idleHeartbeatMs } = this.#options;
    try {
      await this.#contact.writing(() => this.#presence.beat());
      this.#missedBeats.reset();
      // A claim is a heartbeat as well, so an idle worker needs few.
      return this.#runs.size > 0 ? heartbeatMs : idleHeartbeatMs;
    } catch (error) {
      // The jobs go on: whoever is not taken in the meantime may still complete.
      this.#logger.debug("A heartbeat failed", { error });
      return this.#missedBeats.next();
    }
  }

  #storeIsBack(): void {
    this.#missedClaims.reset();
    this.#tending?.sweep();
    this.#wake.wake();
  }

  async #finishRuns(): Promise<void> {
    const { queue, graceMs } = this.#options;
    const grace = setTimeout(() => this.#stopRuns(), graceMs);
    // Only for people to see: this worker claims no more in any case.
    await queue.markDraining(this.#presence.id).catch((error: unknown) => {
      this.#logger.debug("The worker could not be marked as draining", { error });
    });
    if (this.#mode === "stopping") this.#stopRuns();
    while (this.#runs.size > 0 || this.#tending?.finalizing === true) {
      await this.#wake.sleep(FAREWELL_MS);
    }
    clearTimeout(grace);
  }

  #stopRuns(): void {
    this.#tending?.stop();
    this.#slots?.stop({ kind: "handBack" });
    setTimeout(() => this.#giveUp.abort(), FAREWELL_MS).unref();
  }

  async #leave(): Promise<void> {
    const { queue } = this.#options;
    try {
      await this.#tending?.resign();
      await queue.unregisterWorker(this.#presence.id);
    } catch (error) {
      this.#logger.warn("The worker could not take its leave; its lease will run out", { error });
    }
  }
}
