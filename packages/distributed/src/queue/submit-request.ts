import type { JobOptions, JobStatus, SourceRef } from "../records/job-record.js";

export interface NewJob {
  readonly source: SourceRef;
  /** Language instruction that overrides the config's. */
  readonly task?: string | null;
  /** Place in the dataset; the order of `jobs` by default. */
  readonly ordinal?: number;
  /** 0 to 99, higher is claimed first; 50 by default. */
  readonly priority?: number;
  /** Not claimable before then, milliseconds since the epoch. */
  readonly notBefore?: number | null;
  /** 3 by default. */
  readonly maxAttempts?: number;
  readonly options?: Partial<JobOptions>;
}

export interface BatchSpec {
  /** Directory URL of the dataset. */
  readonly output: string;
  /** Already stored; see `loadOrStoreConfig`. */
  readonly configHash: string;
  readonly annotationHash?: string | null;
  /** Who submits, for people to read. */
  readonly submittedBy: string;
}

export interface SubmitRequest extends BatchSpec {
  readonly jobs: readonly NewJob[];
  /** Adds to this open batch instead of starting one. */
  readonly batchId?: string;
  /** False leaves the batch open for other submitters until `seal`; true by default. */
  readonly seal?: boolean;
  /** The batch whose dataset the output holds already: no other batch can be published there. */
  readonly outputBatchId?: string;
  /** Converts again what has been submitted before. */
  readonly force?: boolean;
  /** At most so many jobs of the batch are ready or running at once; as many as workers by default. */
  readonly maxRunning?: number;
  /** For every job that names no time itself: not claimable before then, milliseconds since the epoch. */
  readonly notBefore?: number | null;
  readonly signal?: AbortSignal;
}

export interface SubmittedJob {
  readonly jobId: string;
  readonly batchId: string;
  readonly status: JobStatus;
  /** False if the same work had been submitted before: this is the job that does it. */
  readonly created: boolean;
}

export interface SubmitResult {
  /** The batch that took new jobs; undefined if there was none. */
  readonly batchId: string | undefined;
  /** In the order of the request's `jobs`. */
  readonly jobs: readonly SubmittedJob[];
}
