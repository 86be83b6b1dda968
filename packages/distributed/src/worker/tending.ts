import type { Logger } from "@roboflow/core";
import { Finalizer } from "../finalizer/finalizer.js";
import type { OnUnreadable } from "../queue/read-job.js";
import { Reaper } from "../queue/reaper.js";
import { GarbageDuty } from "./garbage-duty.js";
import { Finalizing } from "./finalizing.js";
import { Loop } from "./loop.js";
import { StepWatch } from "./step-watch.js";
import type { StoreContact } from "./store-contact.js";
import type { WorkerServices, WorkerSettings } from "./worker-options.js";

export interface TendingContext {
  readonly options: WorkerServices & WorkerSettings;
  /** Id under which it leads. */
  readonly holder: string;
  readonly contact: StoreContact;
  readonly logger: Logger;
  readonly onUnreadable: OnUnreadable;
  /** Delayed jobs became ready. */
  onReady(): void;
  /** No finalization is under way any more; `progress`: a batch was brought on. */
  onFinalized(progress: boolean): void;
  /** How long a step may take, milliseconds. */
  readonly stuckAfterMs: number;
}

/** Between collections of garbage; TiDB's own interval is ten minutes. */
const GARBAGE_MS = 600_000;

/** Looks after the queue of all: what a worker does in the role `finalizer`. */
export class Tending {
  readonly #context: TendingContext;
  readonly #finalizing: Finalizing;
  readonly #reaper: Reaper;
  readonly #garbage: GarbageDuty;
  readonly #sweeps: Loop;
  readonly #watch: StepWatch;
  /** Time in sweeps since the reaper's last round, milliseconds. */
  #sweptMs = 0;

  constructor(context: TendingContext) {
    this.#context = context;
    const { options, holder, logger, stuckAfterMs } = context;
    const { queue, leaseMs, heartbeatMs, attemptTimeoutMs, random, onEvent } = options;
    const { store, backoff } = queue;
    const building = new StepWatch(Math.max(attemptTimeoutMs, stuckAfterMs));
    const finalizer = new Finalizer({
      ...options,
      store,
      backoff,
      holder,
      logger,
      renewMs: heartbeatMs,
      onEvent: (event) => {
        building.progressed();
        onEvent(event);
      },
      onRetry: ({ reason }) => onEvent({ type: "storageRetry", reason, worker: holder }),
    });
    this.#finalizing = new Finalizing(finalizer, building, logger, (progress) =>
      context.onFinalized(progress),
    );
    this.#reaper = new Reaper(store, { holder, leaseMs, backoff, logger });
    this.#garbage = new GarbageDuty({ store, holder, everyMs: GARBAGE_MS, random, logger });
    this.#watch = new StepWatch(stuckAfterMs);
    this.#sweeps = new Loop(() => this.#watch.during(() => this.#sweep()));
  }

  /** Whether a batch is worked on. */
  get finalizing(): boolean {
    return this.#finalizing.busy;
  }

  /** How long each of its loops has been stuck, milliseconds. */
  get stuck(): Readonly<Record<string, number | undefined>> {
    return { sweep: this.#watch.stuckMs, finalization: this.#finalizing.stuckMs };
  }

  /** Until `end`. */
  async run(): Promise<void> {
    await Promise.all([this.#sweeps.run(), this.#garbage.run()]);
  }

  /** Looks for what is delayed, due or abandoned now. */
  sweep(): void {
    this.#sweeps.wake();
  }

  /** Looks for batches to finalize now. */
  finalize(): void {
    this.#finalizing.kick();
  }

  /** Gives up the finalization under way; another starts it again. */
  stop(): void {
    this.#finalizing.stop();
  }

  end(): void {
    this.#sweeps.end();
    this.#garbage.end();
  }

  /** Lets others lead at once. */
  async resign(): Promise<void> {
    await this.#reaper.resign();
    await this.#garbage.resign();
  }

  async #sweep(): Promise<number> {
    const { options, contact, logger, onUnreadable, onReady } = this.#context;
    const { queue, sweepMs, idleReapMs, onEvent } = options;
    let next = sweepMs;
    try {
      if (await contact.reading(() => queue.hasUpcoming())) {
        this.#finalizing.kick();
        const { promoted, nextInMs = sweepMs } = await contact.reading(() =>
          queue.promoteDue(onUnreadable),
        );
        next = Math.min(sweepMs, nextInMs);
        if (promoted > 0) onReady();
      }
      this.#sweptMs += sweepMs;
      if (this.#reaper.idle && this.#sweptMs < idleReapMs) return next;
      this.#sweptMs = 0;
      const jobs = await contact.reading(() => this.#reaper.round());
      if (jobs.length > 0) onEvent({ type: "reaped", jobs });
    } catch (error) {
      logger.debug("Looking for delayed and abandoned jobs failed", { error });
    }
    return next;
  }
}
