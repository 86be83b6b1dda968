import type { LogFields } from "@roboflow/core";
import type { FinalizerEvent } from "../finalizer/finalizer-event.js";
import type { LossReason } from "../queue/lease.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord } from "../records/job-record.js";
import type { Progress } from "./conversion.js";

/** Which attempt at which job. */
interface OfAttempt {
  readonly jobId: string;
  /** Its lease epoch. */
  readonly attempt: number;
  /** Id of the worker whose attempt it is. */
  readonly worker: string;
}

/** What a worker does, for the application to show. */
export type WorkerEvent =
  | { readonly type: "registered"; readonly workerId: string }
  | (OfAttempt & { readonly type: "claimed"; readonly job: JobIn<"Processing"> })
  /** Another was faster at what the claim was about to write; it begins anew. */
  | { readonly type: "claimConflict" }
  | (OfAttempt & { readonly type: "progress"; readonly progress: Progress })
  | (OfAttempt & { readonly type: "completed"; readonly job: JobRecord })
  /** `job` is then Failed, Dead, or Pending until its next attempt. */
  | (OfAttempt & { readonly type: "failed"; readonly job: JobRecord; readonly error: ErrorRecord })
  | (OfAttempt & { readonly type: "handedBack" })
  | (OfAttempt & { readonly type: "lost"; readonly reason: LossReason })
  /** A conversion or assembly tried a request to a storage again. */
  | { readonly type: "storageRetry"; readonly reason: string; readonly worker: string }
  /** Jobs that the reaper, run by this worker, took back from others. */
  | { readonly type: "reaped"; readonly jobs: readonly JobRecord[] }
  /** Nothing to do; it looks again from time to time. */
  | { readonly type: "idle" }
  | { readonly type: "draining" }
  | FinalizerEvent;

/** Which job, attempt, batch and worker an event is about, as fields of a log line. */
export function eventFields(event: WorkerEvent): LogFields {
  switch (event.type) {
    case "registered":
      return { worker: event.workerId };
    case "claimed":
    case "progress":
    case "completed":
    case "failed":
    case "handedBack":
    case "lost":
      return { job: event.jobId, attempt: event.attempt, worker: event.worker };
    case "finalizing":
    case "finalizingProgress":
    case "published":
    case "batchHeld":
    case "batchFailed":
    case "finalizationDelayed":
      return { batch: event.batchId, worker: event.worker };
    case "storageRetry":
      return { worker: event.worker };
    case "claimConflict":
    case "reaped":
    case "idle":
    case "draining":
      return {};
  }
}
