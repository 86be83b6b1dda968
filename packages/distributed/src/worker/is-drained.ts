import { readableBatch } from "../finalizer/due-batches.js";
import { keyId, keySegments, prefixRange } from "../keys/codec.js";
import { BatchKeys, JobKeys, WorkerKeys } from "../keys/keys.js";
import { findLimit } from "../queue/admission.js";
import { findReadableJobs } from "../queue/read-job.js";
import type { KvReader, KvStore } from "../store/kv-store.js";

/**
 * Whether nothing is ready, delayed or unpublished, in one snapshot. Batches that are paused or wait
 * for a decision, those whose submit never ended, what only a newer version can do, and what is
 * damaged, do not count.
 * @param left jobs that this worker leaves as they are
 */
export async function isDrained(store: KvStore, left: ReadonlySet<string>): Promise<boolean> {
  return store.transact(async (tx) => {
    if (await hasJobs(tx, left)) return false;
    for await (const { key } of tx.scan(prefixRange(BatchKeys.dueAll()))) {
      if (!(await isBatchLeft(tx, keyId(key), left))) return false;
    }
    return true;
  });
}

/**
 * Whether there is nothing left to convert: no job is ready, delayed or waits to be let in, and none
 * runs anywhere that might come back.
 * @param left jobs that this worker leaves as they are
 */
export async function isConverted(store: KvStore, left: ReadonlySet<string>): Promise<boolean> {
  return store.transact(async (tx) => {
    for await (const _ of tx.scan({ ...prefixRange(WorkerKeys.ownedAll()), limit: 1 }))
      return false;
    return !(await hasJobs(tx, left));
  });
}

/** Whether there are jobs to claim, now or later, that are not left and not paused. */
async function hasJobs(reader: KvReader, left: ReadonlySet<string>): Promise<boolean> {
  for (const prefix of [JobKeys.readyAll(), JobKeys.delayedAll()]) {
    for await (const { key } of reader.scan(prefixRange(prefix))) {
      if (!(await isLeft(reader, keyId(key), left))) return true;
    }
  }
  const paused = new Map<string, boolean>();
  for await (const { key } of reader.scan(prefixRange(JobKeys.waitingAll()))) {
    const [, batchId = ""] = keySegments(key);
    if (!paused.has(batchId)) paused.set(batchId, await isPaused(reader, batchId));
    if (paused.get(batchId) === true) continue;
    if (!(await isLeft(reader, keyId(key), left))) return true;
  }
  return false;
}

async function isPaused(reader: KvReader, batchId: string): Promise<boolean> {
  return ((await findLimit(reader, batchId))?.paused ?? null) !== null;
}

async function isLeft(
  reader: KvReader,
  jobId: string,
  left: ReadonlySet<string>,
): Promise<boolean> {
  return left.has(jobId) || (await findReadableJobs(reader, [jobId])).length === 0;
}

/** Unreadable itself, paused, or not to be published before one of its jobs has ended that is. */
async function isBatchLeft(
  reader: KvReader,
  batchId: string,
  left: ReadonlySet<string>,
): Promise<boolean> {
  if ((await readableBatch(reader, batchId)) === undefined) return true;
  if (await isPaused(reader, batchId)) return true;
  for await (const { key } of reader.scan(prefixRange(BatchKeys.opens(batchId)))) {
    if (await isLeft(reader, keyId(key), left)) return true;
  }
  return false;
}
