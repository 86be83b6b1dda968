import type { Logger } from "@roboflow/core";
import type { Finalizer } from "../finalizer/finalizer.js";
import type { StepWatch } from "./step-watch.js";

/** Runs the finalizer beside the jobs, one round at a time. */
export class Finalizing {
  readonly #finalizer: Finalizer;
  readonly #watch: StepWatch;
  readonly #logger: Logger;
  readonly #onIdle: (progress: boolean) => void;
  readonly #stop = new AbortController();
  #busy = false;
  #again = false;

  /** @param onIdle told when no round is under way any more, and whether a batch was brought on */
  constructor(
    finalizer: Finalizer,
    watch: StepWatch,
    logger: Logger,
    onIdle: (progress: boolean) => void,
  ) {
    this.#finalizer = finalizer;
    this.#watch = watch;
    this.#logger = logger;
    this.#onIdle = onIdle;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** How long a round has brought nothing on, milliseconds, if that is too long. */
  get stuckMs(): number | undefined {
    return this.#watch.stuckMs;
  }

  /** Looks for due batches now, or once more when the round under way is over. */
  kick(): void {
    if (this.#stop.signal.aborted) return;
    this.#again = true;
    if (!this.#busy) void this.#rounds();
  }

  /** Gives up what is under way; another worker starts it again. */
  stop(): void {
    this.#stop.abort();
  }

  async #rounds(): Promise<void> {
    this.#busy = true;
    let progress = false;
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      try {
        const round = this.#finalizer.round(this.#stop.signal);
        if (await this.#watch.during(() => round)) progress = true;
      } catch (error) {
        this.#logger.warn("A round of the finalizer failed; it is tried again", { error });
      }
    }
    this.#busy = false;
    this.#onIdle(progress);
  }
}
