import type { JobOptions, JobStatus, SourceRef } from "../records/job-record.js";

/** Of a job that names none. */
export const DEFAULT_PRIORITY = 50;

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

/** Jobs in the order of the dataset's episodes. */
export type NewJobs = Iterable<NewJob> | AsyncIterable<NewJob>;

export interface SubmitRequest extends BatchSpec {
  /**
   * Read once as they are stored, some hundred at a time; what gives them anew each time it is
   * called, and an array, twice. Only then is a broken-off submission recognized by all of its
   * jobs; otherwise by its first.
   */
  readonly jobs: NewJobs | (() => NewJobs);
  /** Adds to this open batch instead of starting one. */
  readonly batchId?: string;
  /** False leaves the batch open for other submitters until `seal`; true by default. */
  readonly seal?: boolean;
  /** The batch whose dataset the output holds already: no other batch can be published there. */
  readonly outputBatchId?: string;
  /**
   * Takes the output outside of the store for the batch, so that another store's is refused now and
   * not when it is published. Called once, when the batch is stored; if it throws for good, a batch
   * that this submission started is cancelled.
   */
  readonly reserve?: (batchId: string) => Promise<void>;
  /** Converts again what has been submitted before. */
  readonly force?: boolean;
  /** At most so many jobs of the batch are ready or running at once; as many as workers by default. */
  readonly maxRunning?: number;
  /** For every job that names no time itself: not claimable before then, milliseconds since the epoch. */
  readonly notBefore?: number | null;
  /** Told of the jobs of each transaction once they are stored, in their order; is waited for. */
  readonly onSubmitted?: (jobs: readonly SubmittedJob[]) => void | Promise<void>;
  /** Whether the result lists the jobs; by default if `jobs` is an array. */
  readonly keepJobs?: boolean;
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
  /** Jobs that were stored. */
  readonly created: number;
  /** Jobs that had been submitted before, or are named twice. */
  readonly existing: number;
  /** In the order of the request's `jobs`, if they are to be kept; else none. */
  readonly jobs: readonly SubmittedJob[];
}
