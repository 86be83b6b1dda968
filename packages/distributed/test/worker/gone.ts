import { setTimeout as sleep } from "node:timers/promises";

/** Resolves when the process is gone; until then the test waits. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
