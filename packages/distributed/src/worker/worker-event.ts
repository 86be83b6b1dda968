import type { FinalizerEvent } from "../finalizer/finalizer-event.js";
import type { LossReason } from "../queue/lease.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord } from "../records/job-record.js";
import type { Progress } from "./conversion.js";

/** What a worker does, for the application to show. */
export type WorkerEvent =
  | { readonly type: "registered"; readonly workerId: string }
  | { readonly type: "claimed"; readonly job: JobIn<"Processing"> }
  | { readonly type: "progress"; readonly jobId: string; readonly progress: Progress }
  | { readonly type: "completed"; readonly job: JobRecord }
  /** `job` is then Failed, Dead, or Pending until its next attempt. */
  | { readonly type: "failed"; readonly job: JobRecord; readonly error: ErrorRecord }
  | { readonly type: "handedBack"; readonly jobId: string }
  | { readonly type: "lost"; readonly jobId: string; readonly reason: LossReason }
  /** Jobs that the reaper, run by this worker, took back from others. */
  | { readonly type: "reaped"; readonly jobs: readonly JobRecord[] }
  /** Nothing to do; it looks again from time to time. */
  | { readonly type: "idle" }
  | { readonly type: "draining" }
  | FinalizerEvent;
