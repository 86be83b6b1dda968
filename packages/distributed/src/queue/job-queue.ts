import { newId } from "@roboflow/core";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobIn, JobRecord, JobResult } from "../records/job-record.js";
import type { ControlRecord, LimitRecord } from "../records/limit-record.js";
import type { WorkerRecord } from "../records/worker-record.js";
import type { KvStore } from "../store/kv-store.js";
import type { Progress } from "../worker/conversion.js";
import { findLimit } from "./admission.js";
import { completeJob, failJob, handBackJob, reportProgress } from "./attempt-writes.js";
import { readAudit, type AuditOptions, type AuditPage } from "./audit.js";
import type { Operator } from "./authorize.js";
import { countKeys, readBacklog, type Backlog } from "./backlog.js";
import { DEFAULT_BACKOFF, type Backoff } from "./backoff.js";
import { readBatch } from "./batch-writes.js";
import { cancelBatch } from "./cancel-batch.js";
import { ClaimCursor } from "./claim-cursor.js";
import { claimJob, type ClaimOptions } from "./claim.js";
import { findControl, pauseFleet } from "./fleet-pause.js";
import { cancelJob, deleteJob, retryJob } from "./job-control.js";
import {
  completeAndClaim,
  type CompleteAndClaim,
  type CompletedAndClaimed,
} from "./complete-and-claim.js";
import type { Lease } from "./lease.js";
import { changeLimit } from "./limits.js";
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
  type HeartbeatOptions,
  type NewWorker,
} from "./presence.js";
import { hasUpcoming, promoteDue, type Promotion } from "./promote.js";
import { readJob, type OnUnreadable } from "./read-job.js";
import { listWorkers } from "./read-worker.js";
import { hasReady } from "./ready-search.js";
import { releaseBatch, retryBatch } from "./retry-batch.js";
import { retryDead, type Redrive } from "./retry-dead.js";
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

/** Of so many promotions one looks for waiting jobs that there is room for. */
const WAITING_EVERY = 8;

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
  readonly #cursor = new ClaimCursor();
  #promotions = 0;

  constructor(store: KvStore, options: JobQueueOptions = {}) {
    this.store = store;
    this.backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
    this.admins = options.admins ?? [];
    this.#submitChunk = options.submitChunk ?? 200;
  }

  /** Stores jobs and seals their batch. The same work again gives the job that already does it. */
  submit(request: SubmitRequest): Promise<SubmitResult> {
    return submitJobs(this.store, request, this.#submitChunk, this.admins);
  }

  /** An empty batch that several submitters add to (`submit` with its id and `seal: false`). */
  openBatch(spec: BatchSpec): Promise<BatchRecord> {
    return openBatch(this.store, spec, newId());
  }

  sealBatch(batchId: string, actor: string): Promise<BatchRecord> {
    return sealBatch(this.store, batchId, actor);
  }

  getJob(jobId: string): Promise<JobRecord> {
    return readJob(this.store, jobId, this.store.url);
  }

  listJobs(options: ListJobsOptions = {}): Promise<JobPage> {
    return listJobs(this.store, options);
  }

  /** Jobs that used up their attempts, with every attempt's error. */
  deadJobs(options: PageOptions = {}): Promise<JobPage> {
    return listJobs(this.store, { ...options, status: "Dead" });
  }

  /** Retries dead jobs, of one batch or of all. */
  retryDead(options: { readonly actor: string; readonly batchId?: string }): Promise<Redrive> {
    return retryDead(this.store, { ...options, admins: this.admins });
  }

  /** Open jobs by what they wait for, each counted up to 10,000: bounded cost. */
  backlog(): Promise<Backlog> {
    return readBacklog(this.store);
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
    return readBatch(this.store, batchId, this.store.url);
  }

  listBatches(options: PageOptions = {}): Promise<BatchPage> {
    return listBatches(this.store, options);
  }

  /** Jobs of one batch by status. */
  batchStats(batchId: string): Promise<JobCounts> {
    return countBatchJobs(this.store, batchId);
  }

  /** How many jobs of a batch are not decided yet; reads none of them. */
  countOpen(batchId: string): Promise<number> {
    return countKeys(this.store, BatchKeys.opens(batchId));
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

  /**
   * At most so many jobs of the batch are ready or running at once; null: as many as there are
   * workers. Running attempts go on.
   */
  setLimit(batchId: string, maxRunning: number | null, actor: string): Promise<LimitRecord> {
    const change = { action: "limit", maxRunning } as const;
    return changeLimit(this.store, batchId, change, this.#operator(actor));
  }

  /** No job of the batch is claimed any more. Running attempts go on. */
  pauseBatch(batchId: string, actor: string): Promise<LimitRecord> {
    return changeLimit(this.store, batchId, { action: "pause" }, this.#operator(actor));
  }

  resumeBatch(batchId: string, actor: string): Promise<LimitRecord> {
    return changeLimit(this.store, batchId, { action: "resume" }, this.#operator(actor));
  }

  /** The batch's limit and pause; undefined if it never had any. */
  getLimit(batchId: string): Promise<LimitRecord | undefined> {
    return findLimit(this.store, batchId);
  }

  /** No worker claims any more. Running attempts go on. */
  async pauseAll(actor: string): Promise<void> {
    await pauseFleet(this.store, "pause", this.#operator(actor));
  }

  async resumeAll(actor: string): Promise<void> {
    await pauseFleet(this.store, "resume", this.#operator(actor));
  }

  /** Whether the whole fleet is paused. */
  async isPaused(): Promise<boolean> {
    return (await this.pause()) !== undefined;
  }

  /** Who paused the whole fleet and when; undefined if nobody has. */
  async pause(): Promise<NonNullable<ControlRecord["paused"]> | undefined> {
    return (await findControl(this.store))?.paused ?? undefined;
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

  /** Whether a claim may give a job: one short read, for workers that wait for one. */
  async hasWork(): Promise<boolean> {
    if (this.#cursor.paused) this.#cursor.paused = await this.isPaused();
    return !this.#cursor.paused && (await hasReady(this.store));
  }

  /** Takes a ready job, highest priority first; undefined if there is none. */
  claim(
    workerId: string,
    options: Partial<ClaimOptions> = {},
  ): Promise<JobIn<"Processing"> | undefined> {
    return claimJob(this.store, workerId, this.#claimOptions(options));
  }

  heartbeat(
    workerId: string,
    held: readonly Lease[],
    options: HeartbeatOptions = {},
  ): Promise<Heartbeat> {
    return sendHeartbeat(this.store, workerId, held, options);
  }

  progress(lease: Lease, progress: Progress): Promise<void> {
    return reportProgress(this.store, lease, progress);
  }

  complete(lease: Lease, result: JobResult): Promise<JobRecord> {
    return completeJob(this.store, lease, result);
  }

  /** Completes a job and takes the next one at once; `next` undefined: ask `claim`. */
  completeAndClaim(
    what: CompleteAndClaim,
    options: Partial<ClaimOptions> = {},
  ): Promise<CompletedAndClaimed> {
    return completeAndClaim(this.store, what, this.#claimOptions(options));
  }

  fail(lease: Lease, error: ErrorRecord): Promise<JobRecord> {
    return failJob(this.store, lease, error, this.backoff);
  }

  handBack(lease: Lease): Promise<JobRecord> {
    return handBackJob(this.store, lease);
  }

  /** Whether any job is delayed, or any batch is to be finalized: one short read. */
  hasUpcoming(): Promise<boolean> {
    return hasUpcoming(this.store);
  }

  /** Makes delayed jobs ready that are due. */
  promoteDue(onUnreadable?: OnUnreadable): Promise<Promotion> {
    // What is to be found there was left by a command that died.
    const waiting = this.#promotions % WAITING_EVERY === 0;
    this.#promotions += 1;
    return promoteDue(this.store, { waiting, ...(onUnreadable && { onUnreadable }) });
  }

  #claimOptions(options: Partial<ClaimOptions>): ClaimOptions {
    return {
      attemptTimeoutMs: DEFAULT_ATTEMPT_TIMEOUT_MS,
      skip: new Set(),
      random: Math.random,
      onUnreadable: () => {},
      cursor: this.#cursor,
      ...options,
    };
  }

  #operator(actor: string): Operator {
    return { actor, admins: this.admins };
  }
}
