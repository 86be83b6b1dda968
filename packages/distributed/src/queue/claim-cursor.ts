import { keyText } from "../store/bytes.js";

/**
 * What the loops of one process know of the ready jobs, so that a claim neither passes again what
 * has been claimed before it nor takes what a neighbour is about to claim. It only makes claims
 * fast: what it says may be out of date. Share one among all loops of a process.
 */
export class ClaimCursor {
  /** The priority that the last claim found jobs at. */
  priority: number | undefined;
  /** Whether the last claim found the fleet paused. */
  paused = false;
  readonly #starts = new Map<string, Uint8Array>();
  readonly #pending = new Set<string>();

  /** Where entries start below `prefix`, as of late; the prefix itself if nobody has looked. */
  start(prefix: Uint8Array): Uint8Array {
    return this.#starts.get(keyText(prefix)) ?? prefix;
  }

  /** `key` was the first entry below `prefix`. */
  found(prefix: Uint8Array, key: Uint8Array): void {
    this.#starts.set(keyText(prefix), key);
  }

  isPending(jobId: string): boolean {
    return this.#pending.has(jobId);
  }

  /** Keeps the other loops from `jobId` until the claim has ended. */
  reserve(jobId: string): void {
    this.#pending.add(jobId);
  }

  release(jobId: string): void {
    this.#pending.delete(jobId);
  }
}
