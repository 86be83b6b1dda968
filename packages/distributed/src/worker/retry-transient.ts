import { setTimeout as sleep } from "node:timers/promises";
import { RoboflowError } from "@roboflow/core";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Does `action` until it succeeds or fails for good: what became of an attempt must be written even
 * if the store is away for a while.
 * @param giveUp ends the waiting; the last error is thrown
 * @param passes whether an error is worth another try; any transient one by default
 */
export async function retryTransient<T>(
  action: () => Promise<T>,
  giveUp: AbortSignal,
  onRetry: (error: RoboflowError) => void,
  passes: (error: RoboflowError) => boolean = () => true,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await action();
    } catch (error) {
      const transient = error instanceof RoboflowError && error.permanence === "transient";
      if (!transient || giveUp.aborted || !passes(error)) throw error;
      onRetry(error);
      // Woken by `giveUp`: then one more try, and its error counts.
      await sleep(pauseMs, undefined, { signal: giveUp }).catch(() => {});
    }
  }
}
