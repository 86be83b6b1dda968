/** How long a job waits after a transient failure. */
export interface Backoff {
  /** Milliseconds before the first retry, 5,000 by default; doubles with each further one. */
  readonly baseMs: number;
  /** Never more than this, 300,000 by default. */
  readonly maxMs: number;
  /** A number in [0, 1) for the jitter. */
  readonly random: () => number;
}

export const DEFAULT_BACKOFF: Backoff = { baseMs: 5_000, maxMs: 300_000, random: Math.random };

/** Milliseconds to wait after the nth failure (from 1): the upper half of the doubling delay. */
export function backoffMs({ baseMs, maxMs, random }: Backoff, failures: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures - 1));
  return Math.ceil(ceiling / 2 + (random() * ceiling) / 2);
}
