import { setTimeout as delay } from "node:timers/promises";

/** Waits until `look` gives something; the limit only ends a test that would never end. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`nothing after ${limitMs} ms`);
    await delay(10);
  }
}
