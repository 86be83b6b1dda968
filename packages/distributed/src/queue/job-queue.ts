import { newId } from "@roboflow/core";
import type { BatchRecord } from "../records/batch-record.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import type { WorkerRecord } from "../records/worker-record.js";
import type { KvStore } from "../store/kv-store.js";
import type { Progress } from "../worker/conversion.js";
import { completeJob, failJob, handBackJob, reportProgress } from "./attempt-writes.js";
import { readAudit, type AuditOptions, type AuditPage } from "./audit.js";
import type { Operator } from "./authorize.js";
import { DEFAULT_BACKOFF, type Backoff } from "./backoff.js";
import { readBatch } from "./batch-writes.js";
import { cancelBatch } from "./cancel-batch.js";
import { claimJob, type ClaimOptions } from "./claim.js";
import { cancelJob, deleteJob, retryJob } from "./job-control.js";
import type { Lease } from "./lease.js";
import { listBatches, type BatchPage } from "./list-batches.js";
import {
  countBatchJobs,
  countJobs,
  listJobs,
  type JobCounts,
  type JobPage,
  type ListJobsOptions,
} from "./list-jobs.js";
import type { PageOptions } from "./page.js";
import {
  markDraining,
  registerWorker,
  sendHeartbeat,
  unregisterWorker,
  type Heartbeat,
  type NewWorker,
} from "./presence.js";
import { promoteDue, type Promotion } from "./promote.js";
import { readJob, type OnUnreadable } from "./read-job.js";
import { listWorkers } from "./read-worker.js";
import { releaseBatch, retryBatch } from "./retry-batch.js";
import { openBatch, sealBatch } from "./seal-batch.js";
import type { BatchSpec, SubmitRequest, SubmitResult } from "./submit-request.js";
import { submitJobs } from "./submit.js";

export interface JobQueueOptions {
  /** Jobs stored in one transaction of a submit; 200 by default. */
  readonly submitChunk?: number;
  readonly backoff?: Partial<Backoff>;
  /**
   * Who may change what others submitted; nobody named: everybody. A guard against mistakes and no
   * security boundary, see `authorize`.
   */
  readonly admins?: readonly string[];
}

export const DEFAULT_ATTEMPT_TIMEOUT_MS = 3_600_000;

/**
 * The jobs of a store. All decisions are made in the store, by its clock, so any number of
 * processes may use it at once. Methods throw `DistributedError`; a transient code means that
 * saying the same again may work.
 */
export class JobQueue {
  readonly store: KvStore;
  readonly backoff: Backoff;
  readonly admins: readonly string[];
  readonly #submitChunk: number;

  constructor(store: KvStore, options: JobQueueOptions = {}) {
    this.store = store;
    this.backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
    this.admins = options.admins ?? [];
    this.#submitChunk = options.submitChunk ?? 200;
  }

  /** Stores jobs and seals their batch. The same work again gives the job that already does it. */
  submit(request: SubmitRequest): Promise<SubmitResult> {
    return submitJobs(this.store, request, this.#submitChunk);
  }

  /** An empty batch that several submitters add to (`submit` with its id and `seal: false`). */
  openBatch(spec: BatchSpec): Promise<BatchRecord> {
    return openBatch(this.store, spec, newId());
  }

  sealBatch(batchId: string, actor: string): Promise<BatchRecord> {
    return sealBatch(this.store, batchId, actor);
  }

  getJob(jobId: string): Promise<JobRecord> {
    return readJob(this.store, jobId);
  }

  listJobs(options: ListJobsOptions = {}): Promise<JobPage> {
    return listJobs(this.store, options);
  }

  /** Jobs by status. */
  stats(): Promise<JobCounts> {
    return countJobs(this.store);
  }

  cancelJob(jobId: string, actor: string): Promise<JobRecord> {
    return cancelJob(this.store, jobId, this.#operator(actor));
  }

  retryJob(jobId: string, actor: string): Promise<JobRecord> {
    return retryJob(this.store, jobId, this.#operator(actor));
  }

  deleteJob(jobId: string, actor: string): Promise<void> {
    return deleteJob(this.store, jobId, this.#operator(actor));
  }

  getBatch(batchId: string): Promise<BatchRecord> {
    return readBatch(this.store, batchId);
  }

  listBatches(options: PageOptions = {}): Promise<BatchPage> {
    return listBatches(this.store, options);
  }

  /** Jobs of one batch by status. */
  batchStats(batchId: string): Promise<JobCounts> {
    return countBatchJobs(this.store, batchId);
  }

  cancelBatch(batchId: string, actor: string): Promise<BatchRecord> {
    return cancelBatch(this.store, batchId, this.#operator(actor));
  }

  /** @returns how many jobs are ready again */
  retryBatch(batchId: string, actor: string): Promise<number> {
    return retryBatch(this.store, batchId, this.#operator(actor));
  }

  /** Lets the finalizer have a batch that waits for a decision or has failed. */
  finalizeBatch(
    batchId: string,
    options: { readonly allowPartial: boolean; readonly actor: string },
  ): Promise<BatchRecord> {
    return releaseBatch(this.store, batchId, { ...options, admins: this.admins });
  }

  listWorkers(): Promise<WorkerRecord[]> {
    return listWorkers(this.store);
  }

  /** Who did what, the latest first. */
  audit(options: AuditOptions = {}): Promise<AuditPage> {
    return readAudit(this.store, options);
  }

  registerWorker(worker: NewWorker): Promise<WorkerRecord> {
    return registerWorker(this.store, worker);
  }

  /** The worker's claims give nothing from here on. */
  markDraining(workerId: string): Promise<void> {
    return markDraining(this.store, workerId);
  }

  unregisterWorker(workerId: string): Promise<void> {
    return unregisterWorker(this.store, workerId);
  }

  /** Takes a ready job, highest priority first; undefined if there is none. */
  claim(
    workerId: string,
    options: Partial<ClaimOptions> = {},
  ): Promise<JobIn<"Processing"> | undefined> {
    return claimJob(this.store, workerId, {
      attemptTimeoutMs: DEFAULT_ATTEMPT_TIMEOUT_MS,
      skip: new Set(),
      random: Math.random,
      onUnreadable: () => {},
      ...options,
    });
  }

  heartbeat(workerId: string, held: readonly Lease[]): Promise<Heartbeat> {
    return sendHeartbeat(this.store, workerId, held);
  }

  progress(lease: Lease, progress: Progress): Promise<void> {
    return reportProgress(this.store, lease, progress);
  }

  complete(lease: Lease, result: JobResult): Promise<JobRecord> {
    return completeJob(this.store, lease, result);
  }

  fail(lease: Lease, error: ErrorRecord): Promise<JobRecord> {
    return failJob(this.store, lease, error, this.backoff);
  }

  handBack(lease: Lease): Promise<JobRecord> {
    return handBackJob(this.store, lease);
  }

  /** Makes delayed jobs ready that are due. */
  promoteDue(onUnreadable?: OnUnreadable): Promise<Promotion> {
    return promoteDue(this.store, onUnreadable);
  }
  #operator(actor: string): Operator {
    return { actor, admins: this.admins };
  }
}
