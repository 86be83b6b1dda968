import { KEPT_LOCK_MS } from "../heartbeat.js";
import { BATCH_BYTES } from "../region-batches.js";

const LEAST_MS = 3000;
const MIB_MS = 6000;
const MIB = 1024 * 1024;

/**
 * How long a prewritten lock lives, ms, counted from the transaction's start: 3 s, and for more
 * than a batch 6 s × √MiB up to 20 s, after the time that it has run already (client-go's formula).
 */
export function lockTtlMs(bytes: number, elapsedMs: number): number {
  const bySize = bytes < BATCH_BYTES ? LEAST_MS : MIB_MS * Math.sqrt(bytes / MIB);
  return Math.round(Math.min(Math.max(bySize, LEAST_MS), KEPT_LOCK_MS) + elapsedMs);
}
