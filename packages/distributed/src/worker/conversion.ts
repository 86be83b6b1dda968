import type { Logger } from "@roboflow/core";

/** All that a conversion needs of a job; it knows nothing of queues. Serialisable. */
export interface ConversionRequest {
  readonly jobId: string;
  readonly source: { readonly url: string; readonly size: number; readonly identity: string };
  /** The config's exact text, already checked against its hash. */
  readonly config: { readonly hash: string; readonly content: string };
  readonly annotation: { readonly hash: string; readonly content: string } | null;
  readonly task: string | null;
  /** Directory URL that this attempt alone writes to. */
  readonly artifactUrl: string;
  readonly options: { readonly strict: boolean; readonly salvage: boolean };
  /**
   * Artifact URLs of earlier attempts at this job, newest first. What they finished may be taken
   * over; any of them may be incomplete, gone, or still written to.
   */
  readonly resumeFrom: readonly string[];
}

/** What a finished conversion reports; stored with the job. */
export interface ConversionResult {
  /** Total over its episodes. */
  readonly frames: number;
  readonly episodes: number;
  /** Topic reports and warnings, as `jobs get` shows them. */
  readonly report: unknown;
  readonly warnings: readonly string[];
  /** Of `frames`, those taken over from an earlier attempt. */
  readonly resumedFrames?: number;
  /** Bytes of recording read and of artifacts written. */
  readonly bytes?: { readonly read: number; readonly written: number };
}

export interface Progress {
  readonly framesDone: number;
  /** Undefined until the length is known. */
  readonly framesTotal: number | undefined;
}

/** A request to a storage that failed in passing and is tried again. */
export interface RetryInfo {
  /** For metrics: one of few words, such as the code of the failure. */
  readonly reason: string;
}

export interface ConversionContext {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  onProgress(progress: Progress): void;
  onRetry?(retry: RetryInfo): void;
}

/** Turns one recording into episode artifacts. Injected, so that the queue is tested without video. */
export type Convert = (
  request: ConversionRequest,
  context: ConversionContext,
) => Promise<ConversionResult>;

/** Episodes of a sealed batch, in submitted order, to be assembled and published. Serialisable. */
export interface AssemblyRequest {
  readonly batchId: string;
  readonly storeUrl: string;
  /** The same by whatever URL the store is reached: whose the output is. */
  readonly storeId: string;
  /** Grows with every republishing of the batch. */
  readonly generation: number;
  /** Fencing token of the finalizer: a late one can't undo what its successor published. */
  readonly token: number;
  /** Directory URL of the dataset. */
  readonly outputUrl: string;
  /** Directory URL that this attempt alone writes to, on the same storage as the output. */
  readonly stagingUrl: string;
  readonly config: { readonly hash: string; readonly content: string };
  readonly episodes: readonly {
    readonly jobId: string;
    readonly sourceUrl: string;
    readonly artifactUrl: string;
  }[];
}

export interface AssemblyResult {
  readonly episodes: number;
  readonly frames: number;
  readonly features: Readonly<
    Record<string, { readonly dtype: string; readonly shape: readonly number[] }>
  >;
}

export type AssemblyContext = ConversionContext;

/** Builds the dataset under `stagingUrl`; touches nothing outside. */
export type Assemble = (
  request: AssemblyRequest,
  context: AssemblyContext,
) => Promise<AssemblyResult>;

/** Moves a built dataset into place. `stillLeader` is asked before each step that others can see. */
export type Publish = (
  request: AssemblyRequest,
  context: AssemblyContext & { stillLeader(): Promise<boolean> },
) => Promise<void>;
