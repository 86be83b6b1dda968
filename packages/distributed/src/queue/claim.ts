import { keyAfter, keyId, keySegments, prefixRange } from "../keys/codec.js";
import { JobKeys } from "../keys/keys.js";
import { isUnreadable } from "../records/codec.js";
import type { JobIn } from "../records/job-record.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { READY_SHARDS, writeJob } from "./job-index.js";
import { claimed } from "./job-transitions.js";
import { findJob, type OnUnreadable } from "./read-job.js";
import { readLiveWorker, writeWorker } from "./read-worker.js";

export interface ClaimOptions {
  /** 3,600,000 by default. */
  readonly attemptTimeoutMs: number;
  /** Jobs not to take, such as those that this worker has just handed back. */
  readonly skip: ReadonlySet<string>;
  /** A number in [0, 1): where to start looking, so that workers rarely meet at one job. */
  readonly random: () => number;
  readonly onUnreadable: OnUnreadable;
}

/** Highest value that a shard's key can have. */
const LAST_SHARD = 999;

/**
 * Takes a ready job of the highest priority; undefined if there is none. Reads one worker, one job
 * and two short ranges, however many jobs there are.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if the worker was declared dead
 */
export async function claimJob(
  store: KvStore,
  workerId: string,
  options: ClaimOptions,
): Promise<JobIn<"Processing"> | undefined> {
  return store.transact(async (tx) => {
    const worker = await readLiveWorker(tx, workerId);
    if (worker.status === "Draining") return undefined;
    const job = await findReady(tx, options);
    if (job === undefined) return undefined;
    const { attemptTimeoutMs } = options;
    const processing = claimed(job, { worker: workerId, now: tx.now, attemptTimeoutMs });
    writeJob(tx, job, processing);
    // Declaring this worker dead writes the same key, so one of the two gives way.
    writeWorker(tx, worker);
    return processing;
  });
}

async function findReady(
  tx: KvTransaction,
  { skip, random, onUnreadable }: ClaimOptions,
): Promise<JobIn<"Pending"> | undefined> {
  for await (const jobId of readyIds(tx, random)) {
    if (skip.has(jobId)) continue;
    try {
      const job = await findJob(tx, jobId);
      if (job?.status === "Pending") return job;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      onUnreadable(jobId, error);
    }
  }
  return undefined;
}

/** Ids by priority; within one from a random shard on, and around. */
async function* readyIds(reader: KvReader, random: () => number): AsyncGenerator<string> {
  const all = prefixRange(JobKeys.readyAll());
  for (let { start } = all; ;) {
    const priority = await firstPriority(reader, { start, end: all.end });
    if (priority === undefined) return;
    const first = prefixRange(JobKeys.readyShard(priority, 0)).start;
    const middle = JobKeys.readyShard(priority, Math.floor(random() * READY_SHARDS));
    const { end } = prefixRange(JobKeys.readyShard(priority, LAST_SHARD));
    yield* idsIn(reader, middle, end);
    yield* idsIn(reader, first, middle);
    start = end;
  }
}

async function firstPriority(
  reader: KvReader,
  range: { readonly start: Uint8Array; readonly end: Uint8Array },
): Promise<number | undefined> {
  for await (const { key } of reader.scan({ ...range, limit: 1 })) {
    // Stored descending: see `JobKeys.ready`.
    return 99 - Number(keySegments(key)[1]);
  }
  return undefined;
}

/** Small pages, because the first id nearly always does. */
async function* idsIn(reader: KvReader, from: Uint8Array, end: Uint8Array): AsyncGenerator<string> {
  let start = from;
  for (let limit = 2; ; limit = Math.min(limit * 4, 512)) {
    let found = 0;
    for await (const { key } of reader.scan({ start, end, limit })) {
      found += 1;
      start = keyAfter(key);
      yield keyId(key);
    }
    if (found < limit) return;
  }
}
