import type { Logger } from "@roboflow/core";

/** More than this at once, and callers do the work themselves before they go on. */
const MOST = 1024;

/** Work that no caller waits for: secondaries' commits, rollbacks, resolving the locks of others. */
export class Background {
  readonly #tasks = new Set<Promise<void>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns what to wait for: nothing, unless too much is under way. */
  run(what: string, task: () => Promise<unknown>): Promise<void> | undefined {
    const running = this.#watch(what, task);
    this.#tasks.add(running);
    void running.then(() => this.#tasks.delete(running));
    return this.#tasks.size > MOST ? running : undefined;
  }

  /** Resolves when all has ended, or after `ms`. */
  async drain(ms: number): Promise<void> {
    if (this.#tasks.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all(this.#tasks), late]);
    clearTimeout(timer);
  }

  async #watch(what: string, task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      // Whoever meets what is left resolves it.
      this.#logger.debug(`${what} was left undone`, { error });
    }
  }
}
