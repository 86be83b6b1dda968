import type { BatchIn, BatchRecord, DatasetSummary, Excluded } from "../records/batch-record.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { Progress } from "../worker/conversion.js";

/** What became of a batch, for the application to show; `worker` is who finalizes it. */
export type FinalizerEvent = BatchNews & { readonly worker: string };

type BatchNews =
  | { readonly type: "finalizing"; readonly batchId: string; readonly episodes: number }
  | { readonly type: "finalizingProgress"; readonly batchId: string; readonly progress: Progress }
  | {
      readonly type: "published";
      readonly batchId: string;
      readonly status: "Published" | "Partial";
      readonly output: string;
      readonly dataset: DatasetSummary;
    }
  /** Jobs failed, died or were cancelled: the batch waits for retry or `allowPartial`. */
  | { readonly type: "batchHeld"; readonly batchId: string; readonly excluded: Excluded }
  | { readonly type: "batchFailed"; readonly batchId: string; readonly error: ErrorRecord }
  /** A transient failure: it is tried again at `notBefore`. */
  | {
      readonly type: "finalizationDelayed";
      readonly batchId: string;
      readonly error: ErrorRecord;
      readonly notBefore: number;
    };

/** The event that tells of the batch as it is now; undefined where there is nothing to tell. */
export function eventOf(batch: BatchRecord, worker: string): FinalizerEvent | undefined {
  const batchId = batch.id;
  switch (batch.status) {
    case "Published":
    case "Partial":
      return published(batch, worker);
    case "Failed":
      return { type: "batchFailed", batchId, worker, error: batch.error };
    case "Sealed":
      if (batch.hold !== null) return { type: "batchHeld", batchId, worker, excluded: batch.hold };
      if (batch.notBefore === null || batch.lastError === null) return undefined;
      return {
        type: "finalizationDelayed",
        batchId,
        worker,
        error: batch.lastError,
        notBefore: batch.notBefore,
      };
    case "Submitting":
    case "Finalizing":
    case "Cancelled":
      return undefined;
  }
}

function published(batch: BatchIn<"Published" | "Partial">, worker: string): FinalizerEvent {
  const { id, status, output, dataset } = batch;
  return { type: "published", batchId: id, worker, status, output, dataset };
}
