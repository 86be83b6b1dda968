import type { Logger } from "@roboflow/core";
import type { Finalizer } from "../finalizer/finalizer.js";

/** Runs the finalizer beside the jobs, one round at a time. */
export class Finalizing {
  readonly #finalizer: Finalizer;
  readonly #logger: Logger;
  readonly #onIdle: (progress: boolean) => void;
  readonly #stop = new AbortController();
  #busy = false;
  #again = false;

  /** @param onIdle told when no round is under way any more, and whether a batch was brought on */
  constructor(finalizer: Finalizer, logger: Logger, onIdle: (progress: boolean) => void) {
    this.#finalizer = finalizer;
    this.#logger = logger;
    this.#onIdle = onIdle;
  }

  get busy(): boolean {
    return this.#busy;
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
        if (await this.#finalizer.round(this.#stop.signal)) progress = true;
      } catch (error) {
        this.#logger.warn("A round of the finalizer failed; it is tried again", { error });
      }
    }
    this.#busy = false;
    this.#onIdle(progress);
  }
}
