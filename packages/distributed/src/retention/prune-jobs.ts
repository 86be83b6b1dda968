import { silentLogger } from "@roboflow/core";
import type { Storage } from "@roboflow/storage";
import { hasOpenJobs, readableBatch } from "../finalizer/due-batches.js";
import type { ReleaseOutput } from "../finalizer/release-output.js";
import { keyId, prefixRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import { writeAudit } from "../queue/audit.js";
import { authorize } from "../queue/authorize.js";
import { findBatch, writeBatch } from "../queue/batch-writes.js";
import { deleteBatch } from "../queue/delete-batch.js";
import { forgetJob, writeWithout } from "../queue/job-control.js";
import { batchIds } from "../queue/list-batches.js";
import { findReadableJobs } from "../queue/read-job.js";
import type { BatchIn, BatchRecord } from "../records/batch-record.js";
import { storeId } from "../store/store-id.js";
import type { KvStore, KvTransaction } from "../store/kv-store.js";
import { throwIfAborted } from "../store/transaction.js";
import { batchUrl } from "../worker/artifact-url.js";
import type { PruneOptions } from "./prune-options.js";

const JOBS_PER_TRANSACTION = 100;

/** Batches that nothing more happens to by itself. */
export const PRUNABLE_STATUSES = ["Published", "Partial", "Failed", "Cancelled"] as const;
export type PrunableStatus = (typeof PRUNABLE_STATUSES)[number];

export interface PruneJobsOptions extends PruneOptions {
  /** Jobs of batches that ended longer ago, milliseconds. */
  readonly olderThanMs: number;
  /** Statuses of batches; all four by default. */
  readonly statuses?: readonly PrunableStatus[];
  /**
   * Removes what a batch that was not published whole has left under `.roboflow/`. Without it only
   * batches are pruned that have left nothing.
   */
  readonly storage?: Storage;
  /** Frees the output of a batch that was never published. */
  readonly releaseOutput?: ReleaseOutput;
}

export interface PruneJobsResult {
  readonly batches: number;
  readonly jobs: number;
  /** Old batches that could not be pruned, and why. */
  readonly kept: readonly { readonly batchId: string; readonly reason: string }[];
}

/**
 * Forgets old batches with all of their jobs; datasets stay as they are. A batch goes as a whole:
 * with some of its completed jobs gone, a retry would publish a dataset that lacks episodes. One
 * that this was broken off in can't be retried, and goes with the next prune.
 * @throws DistributedError `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function pruneJobs(
  store: KvStore,
  options: PruneJobsOptions,
): Promise<PruneJobsResult> {
  const { actor, admins = [], dryRun = false, logger = silentLogger, signal } = options;
  authorize("prune", { actor, owner: undefined, admins });
  const until = (await store.now()) - options.olderThanMs;
  const kept: { batchId: string; reason: string }[] = [];
  let [batches, jobs] = [0, 0];
  for await (const batchId of batchIds(store)) {
    throwIfAborted(signal);
    const batch = await readableBatch(store, batchId);
    if (batch === undefined || !isOld(batch, until, options.statuses)) continue;
    const reason = await obstacle(store, batch, options);
    const forgotten = reason === undefined ? await prune(store, batch, until, options) : 0;
    const left = reason ?? (dryRun ? undefined : await remnant(store, batchId));
    if (left === undefined) batches += 1;
    else {
      kept.push({ batchId, reason: left });
      logger.warn("A batch could not be pruned", { batchId, reason: left });
    }
    jobs += forgotten;
  }
  logger.info(dryRun ? "Batches could be pruned" : "Batches were pruned", { batches, jobs });
  return { batches, jobs, kept };
}

type Ended = BatchIn<PrunableStatus>;

function isOld(
  batch: BatchRecord,
  until: number,
  statuses: readonly PrunableStatus[] = PRUNABLE_STATUSES,
): batch is Ended {
  if (!("finishedAt" in batch) || !statuses.includes(batch.status)) return false;
  return batch.pruning === true || batch.finishedAt <= until;
}

/** What speaks against pruning a batch now; undefined if nothing does. */
async function obstacle(
  store: KvStore,
  batch: Ended,
  { storage }: PruneJobsOptions,
): Promise<string | undefined> {
  const busy = batch.status !== "Failed" && batch.cleanup;
  if (busy) return "a finalizer has still to clean up after it";
  if (hasArtifacts(batch) && storage === undefined)
    return "its artifacts can't be removed from here";
  return (await hasOpenJobs(store, batch.id)) ? "it has open jobs" : undefined;
}

/** After a published batch, and in time after a cancelled one, the finalizer cleans up. */
function hasArtifacts(batch: Ended): boolean {
  if (batch.status === "Published") return false;
  return batch.status !== "Cancelled" || batch.artifacts !== "removed";
}

/** @returns how many jobs were forgotten, or would be */
async function prune(
  store: KvStore,
  { id, jobCount }: Ended,
  until: number,
  options: PruneJobsOptions,
): Promise<number> {
  if (options.dryRun === true) return jobCount;
  const batch = await begin(store, id, until, options);
  if (batch === undefined) return 0;
  await removeTraces(store, batch, options);
  let forgotten = 0;
  for (;;) {
    throwIfAborted(options.signal);
    const count = await store.transact((tx) => forgetSome(tx, id));
    if (count === 0) return forgotten;
    forgotten += count;
  }
}

/** From here on the batch can't be taken up again. */
async function begin(
  store: KvStore,
  batchId: string,
  until: number,
  { actor, statuses }: PruneJobsOptions,
): Promise<Ended | undefined> {
  return store.transact(async (tx) => {
    const batch = await findBatch(tx, batchId);
    if (batch === undefined || !isOld(batch, until, statuses)) return undefined;
    if (batch.pruning === true) return batch;
    const after = { ...batch, pruning: true };
    writeBatch(tx, after);
    const subject = { kind: "batch", id: batchId } as const;
    writeAudit(tx, { actor, action: "prune", subject, jobs: batch.jobCount });
    return after;
  });
}

async function removeTraces(
  store: KvStore,
  batch: Ended,
  { storage, releaseOutput, signal }: PruneJobsOptions,
): Promise<void> {
  const { id, output, status } = batch;
  const call = signal === undefined ? {} : { signal };
  if (storage && hasArtifacts(batch)) await storage.removeTree(batchUrl(output, id), call);
  if (status !== "Failed" && status !== "Cancelled") return;
  const owner = { storeUrl: store.url, storeId: await storeId(store), batchId: id };
  await releaseOutput?.({ outputUrl: output, ...owner }, call);
}

/** @returns how many jobs were forgotten; 0 when the batch is gone, or what is left can't be read */
async function forgetSome(tx: KvTransaction, batchId: string): Promise<number> {
  const batch = await findBatch(tx, batchId);
  if (batch?.pruning !== true) return 0;
  const ids: string[] = [];
  const range = prefixRange(BatchKeys.members(batchId));
  for await (const { key } of tx.scan({ ...range, limit: JOBS_PER_TRANSACTION })) {
    ids.push(keyId(key));
  }
  if (ids.length === 0) {
    await deleteBatch(tx, batch);
    return 0;
  }
  const jobs = await findReadableJobs(tx, ids);
  for (const job of jobs) await forgetJob(tx, job);
  if (jobs.length > 0) await writeWithout(tx, batch, jobs.length);
  return jobs.length;
}

async function remnant(store: KvStore, batchId: string): Promise<string | undefined> {
  const rest = await readableBatch(store, batchId);
  if (rest === undefined) return undefined;
  return rest.pruning === true ? "some of its jobs can't be read" : "it was taken up again";
}
