import type { DistributedError } from "../error.js";
import type { BatchIn, BatchRecord } from "../records/batch-record.js";
import type { KvTransaction } from "../store/kv-store.js";
import { batchStateError, readBatch, sealed, writeBatch } from "./batch-writes.js";
import { takeOutput } from "./output-index.js";

/**
 * Makes room for a job of the batch to become open again.
 * @param redone whether no job counts as completed any more whose artifacts are gone
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE`
 */
export async function reopenBatch(
  tx: KvTransaction,
  batchId: string,
  redone = false,
): Promise<void> {
  const batch = reopened(await readBatch(tx, batchId), redone);
  await takeOutput(tx, batch);
  writeBatch(tx, batch);
}

function reopened(batch: BatchRecord, redone: boolean): BatchRecord {
  if (batch.pruning === true) throw beingPruned(batch, "retry its jobs");
  switch (batch.status) {
    case "Submitting":
      return batch;
    case "Sealed":
    case "Failed":
      return { ...sealed(batch), allowPartial: false, finalizeFailures: 0 };
    case "Partial":
      return {
        ...sealed(batch),
        allowPartial: false,
        finalizeFailures: 0,
        generation: batch.generation + 1,
      };
    case "Cancelled": {
      const hint = cancelledHint(batch, redone);
      if (hint !== undefined) throw batchStateError(batch, "retry its jobs", hint);
      return { ...sealed(batch), allowPartial: false };
    }
    case "Finalizing":
    case "Published":
      throw batchStateError(batch, "retry its jobs");
  }
}

export function beingPruned(batch: BatchRecord, wish: string): DistributedError {
  return batchStateError(batch, wish, "It is being pruned: submit its recordings again.");
}

/** What must be done before the batch can be taken up again; undefined if nothing. */
function cancelledHint(
  { incomplete, cleanup, artifacts }: BatchIn<"Cancelled">,
  redone: boolean,
): string | undefined {
  if (incomplete) return "It was never submitted in full; submit with --force.";
  if (cleanup) return "Its jobs are still being cancelled; try again when they are.";
  switch (artifacts) {
    case "removing":
      return "What it had converted is being removed by a worker; try again after that.";
    case "removed":
      return redone
        ? undefined
        : "What it had converted is gone, so all of it must be done again: `roboflow batches retry`.";
    case "unwanted":
    case undefined:
      return undefined;
  }
}
