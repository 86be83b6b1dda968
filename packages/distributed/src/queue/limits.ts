import { keyAfter, keyId, keySegments, prefixRange } from "../keys/codec.js";
import { BatchKeys, JobKeys, LimitKeys } from "../keys/keys.js";
import { limitCodec, type LimitRecord } from "../records/limit-record.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";
import { Admission, findLimit } from "./admission.js";
import { writeAudit } from "./audit.js";
import { authorize, type Operator } from "./authorize.js";
import { readBatch } from "./batch-writes.js";
import { allOwned } from "./presence.js";
import { findReadableJobs } from "./read-job.js";

const JOBS_PER_TRANSACTION = 100;

/** What to change of a batch's limit. */
export type LimitChange =
  | { readonly action: "limit"; readonly maxRunning: number | null }
  | { readonly action: "pause" | "resume" };

/**
 * Changes how many jobs of a batch may be ready or running at once, then moves its jobs to where
 * they belong by that. Running attempts go on, and count. Broken off, it is completed by running it
 * again.
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_NOT_FOUND`, `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function changeLimit(
  store: KvStore,
  batchId: string,
  change: LimitChange,
  operator: Operator,
): Promise<LimitRecord> {
  const limit = await store.transact(async (tx) => {
    const batch = await readBatch(tx, batchId, store.url);
    authorize(change.action, { ...operator, owner: batch.submittedBy });
    const after = changed(await findLimit(tx, batchId), batchId, change, operator.actor, tx.now);
    tx.put(LimitKeys.limit(batchId), limitCodec.encode(after));
    // Whatever adds open jobs writes the batch: it knows of this limit, or `holdBack` finds its jobs.
    tx.lock(BatchKeys.batch(batchId));
    writeAudit(tx, {
      actor: operator.actor,
      action: change.action,
      subject: { kind: "batch", id: batchId },
      jobs: batch.jobCount,
      ...(change.action === "limit" ? { detail: `at most ${change.maxRunning ?? "all"}` } : {}),
    });
    return after;
  });
  if (limit.paused !== null || limit.maxRunning !== null) await holdBack(store, batchId);
  await admitAll(store, batchId);
  return limit;
}

/**
 * For the submitter's own batch that has no jobs yet: nothing has to be moved. A limit or pause that
 * it has already is left to `changeLimit`.
 */
export async function startLimit(
  tx: KvTransaction,
  batchId: string,
  maxRunning: number,
): Promise<void> {
  if ((await findLimit(tx, batchId)) !== undefined) return;
  const limit: LimitRecord = {
    version: 1,
    batchId,
    maxRunning,
    paused: null,
    updatedAt: tx.now,
  };
  tx.put(LimitKeys.limit(batchId), limitCodec.encode(limit));
}

function changed(
  before: LimitRecord | undefined,
  batchId: string,
  change: LimitChange,
  actor: string,
  now: number,
): LimitRecord {
  const base: LimitRecord = {
    ...(before ?? { version: 1, batchId, maxRunning: null, paused: null }),
    updatedAt: now,
  };
  switch (change.action) {
    case "limit":
      return { ...base, maxRunning: change.maxRunning };
    case "pause":
      return { ...base, paused: base.paused ?? { by: actor, at: now } };
    case "resume":
      return { ...base, paused: null };
  }
}

/** Counts what runs, then makes every ready job that is too many wait. */
async function holdBack(store: KvStore, batchId: string): Promise<void> {
  const running = (await allOwned(store)).map(({ jobId }) => jobId);
  for (let from = 0; from < running.length; from += JOBS_PER_TRANSACTION) {
    const ids = running.slice(from, from + JOBS_PER_TRANSACTION);
    await store.transact((tx) => judge(tx, batchId, ids));
  }
  const { start, end } = prefixRange(BatchKeys.opens(batchId));
  for (let next: Uint8Array | undefined = start; next !== undefined;) {
    const from: Uint8Array = next;
    next = await store.transact(async (tx) => {
      const ids: string[] = [];
      let last: Uint8Array | undefined;
      const limit = JOBS_PER_TRANSACTION;
      for await (const { key } of tx.scan({ start: from, end, limit })) {
        ids.push(keyId(key));
        last = key;
      }
      await judge(tx, batchId, ids);
      return ids.length < limit || last === undefined ? undefined : keyAfter(last);
    });
  }
}

async function judge(tx: KvTransaction, batchId: string, ids: readonly string[]): Promise<void> {
  const admission = new Admission(tx, { refill: false });
  for (const job of await findReadableJobs(tx, ids)) {
    if (job.batchId !== batchId) continue;
    if (job.status === "Processing") await admission.count(job);
    const ready = job.status === "Pending" && job.notBefore === null;
    // Whoever has seen no limit when it began, and promotes the job now, gives way.
    if (job.status === "Pending" && !ready) tx.lock(JobKeys.job(job.id));
    if (ready && job.admission !== "waiting") await admission.change(job, job);
  }
}

/** Lets in whatever there is room for. @returns how many jobs */
async function admitAll(store: KvStore, batchId: string): Promise<number> {
  let admitted = 0;
  for (;;) {
    const count = await store.transact((tx) =>
      new Admission(tx).admit(batchId, JOBS_PER_TRANSACTION),
    );
    if (count === 0) return admitted;
    admitted += count;
  }
}

/**
 * Lets waiting jobs of all batches in for which there is room: what a change of a limit that broke
 * off has left. One short read when nothing waits. @returns how many jobs
 */
export async function admitWaiting(store: KvStore): Promise<number> {
  let admitted = 0;
  const { start: first, end } = prefixRange(JobKeys.waitingAll());
  let start = first;
  for (;;) {
    const batchId = await firstBatch(store, { start, end });
    if (batchId === undefined) return admitted;
    admitted += await admitAll(store, batchId);
    ({ end: start } = prefixRange(JobKeys.waitingOf(batchId)));
  }
}

async function firstBatch(
  reader: KvReader,
  range: { readonly start: Uint8Array; readonly end: Uint8Array },
): Promise<string | undefined> {
  for await (const { key } of reader.scan({ ...range, limit: 1, latest: true })) {
    return keySegments(key)[1];
  }
  return undefined;
}
