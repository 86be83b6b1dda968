import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@roboflow/core";
import { DistributedError } from "../error.js";
import { renewLock, type Leadership } from "../queue/leader-lock.js";
import { isLeaseLost } from "../queue/lease.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvStore } from "../store/kv-store.js";
import { readableBatch } from "./due-batches.js";
import { isFinalizing } from "./finalize-writes.js";

export interface Watch {
  readonly store: KvStore;
  readonly leadership: Leadership;
  readonly batchId: string;
  /** Milliseconds between renewals. */
  readonly renewMs: number;
  readonly logger: Logger;
  /** Whether the batch is still as the work needs it; by default, this leader's to finalize. */
  stands?(batch: BatchRecord | undefined): boolean;
}

/**
 * Runs `work` while the lock is renewed. Its signal aborts when another leads or the batch was
 * changed, such as cancelled; a store that can't be reached changes nothing until it says so.
 */
export async function watchLeadership<T>(
  watch: Watch,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const { store, leadership, batchId, renewMs, logger } = watch;
  const stands = watch.stands ?? ((batch) => isFinalizing(batch, leadership));
  const lost = new AbortController();
  const done = new AbortController();
  const renew = async (): Promise<void> => {
    while (await pause(renewMs, done.signal)) {
      try {
        await renewLock(store, leadership);
        if (stands(await readableBatch(store, batchId))) continue;
        lost.abort(new DistributedError("ERR_ROBOFLOW_LEASE_LOST", `Batch ${batchId} was taken`));
      } catch (error) {
        if (isLeaseLost(error)) lost.abort(error);
        else logger.warn("The finalizer's lock could not be renewed", { batchId, error });
      }
    }
  };
  const renewing = renew();
  try {
    return await work(lost.signal);
  } finally {
    done.abort();
    await renewing;
  }
}

/** False once `end` has aborted. */
async function pause(ms: number, end: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: end });
  } catch {
    return false;
  }
  return !end.aborted;
}
