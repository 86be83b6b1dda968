import { setTimeout as sleep } from "node:timers/promises";

export interface UntilOptions {
  /** Milliseconds after which it fails; only ends what would never end. */
  readonly limitMs: number;
  /** Milliseconds between looks, 100 by default. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** Looks until there is something. `what` names it in the error. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  { limitMs, everyMs = 100, signal }: UntilOptions,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}
