import type { Logger } from "@roboflow/core";
import type { Finalizer } from "../finalizer/finalizer.js";

/** Runs the finalizer beside the jobs, one round at a time. */
export class Finalizing {
  readonly #finalizer: Finalizer;
  readonly #logger: Logger;
  readonly #onIdle: () => void;
  readonly #stop = new AbortController();
  #round: Promise<void> | undefined;
  #again = false;

  /** @param onIdle told when no round is under way any more */
  constructor(finalizer: Finalizer, logger: Logger, onIdle: () => void) {
    this.#finalizer = finalizer;
    this.#logger = logger;
    this.#onIdle = onIdle;
  }

  get busy(): boolean {
    return this.#round !== undefined;
  }

  /** Looks for due batches now, or once more when the round under way is over. */
  kick(): void {
    if (this.#stop.signal.aborted) return;
    this.#again = true;
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined;
      this.#onIdle();
    });
  }

  /** Gives up what is under way; another worker starts it again. */
  stop(): void {
    this.#stop.abort();
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      try {
        await this.#finalizer.round(this.#stop.signal);
      } catch (error) {
        this.#logger.warn("A round of the finalizer failed; it is tried again", { error });
      }
    }
  }
}
